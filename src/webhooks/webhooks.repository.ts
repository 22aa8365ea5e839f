import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/prisma.service.js';
import type { Prisma, Webhook } from '../generated/prisma/client.js';
import { WEBHOOK_CHANGED_CHANNEL } from './webhook-changed.event.js';

@Injectable()
export class WebhooksRepository {
  constructor(private readonly prisma: PrismaService) {}

  find(id: string): Promise<Webhook | null> {
    return this.prisma.webhook.findUnique({ where: { id } });
  }

  /** The user's webhooks, newest first; with `active` only those in that state. */
  findByUser(userId: string, active: boolean | undefined): Promise<Webhook[]> {
    return this.prisma.webhook.findMany({
      where: { userId, ...(active === undefined ? {} : { active }) },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    });
  }

  countActive(userId: string): Promise<number> {
    return this.prisma.webhook.count({ where: { userId, active: true } });
  }

  /** Adds an active webhook unless the user has `limit` of them; then null. */
  createWithin(limit: number, webhook: Prisma.WebhookCreateInput): Promise<Webhook | null> {
    return this.prisma.serialized(webhook.userId, async (tx) => {
      const count = await tx.webhook.count({ where: { userId: webhook.userId, active: true } });
      return count >= limit ? null : tx.webhook.create({ data: webhook });
    });
  }

  /** Changes a webhook; null when it was deleted meanwhile. */
  async update(id: string, data: Prisma.WebhookUpdateInput): Promise<Webhook | null> {
    const [webhook] = await this.prisma.webhook.updateManyAndReturn({ where: { id }, data });
    return webhook ?? null;
  }

  /** Changes a webhook and makes it active unless the user has `limit` others that are; then `limit`. */
  activateWithin(limit: number, { id, userId }: Webhook, data: Prisma.WebhookUpdateInput) {
    return this.prisma.serialized(userId, async (tx): Promise<Webhook | null | 'limit'> => {
      const others = await tx.webhook.count({ where: { userId, active: true, NOT: { id } } });
      if (others >= limit) return 'limit';
      const [webhook] = await tx.webhook.updateManyAndReturn({ where: { id }, data: { ...data, active: true } });
      return webhook ?? null;
    });
  }

  /** Tells the other processes that a webhook has changed or is gone. */
  async announceChange(id: string): Promise<void> {
    await this.prisma.$queryRaw`SELECT pg_notify(${WEBHOOK_CHANGED_CHANNEL}, ${id}) IS NULL AS notified`;
  }

  /** Whether there was one to delete. From its return on no claim finds a delivery of it. */
  async delete(id: string): Promise<boolean> {
    return (await this.prisma.webhook.deleteMany({ where: { id } })).count > 0;
  }
}
