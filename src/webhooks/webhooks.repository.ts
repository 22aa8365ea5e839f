import { Injectable } from '@nestjs/common';
import { notify } from '../database/notification-channel.js';
import { PrismaService, type Transaction } from '../database/prisma.service.js';
import type { Prisma, Webhook } from '../generated/prisma/client.js';
import { WEBHOOK_CHANGED_CHANNEL } from './webhook-changed.event.js';
import {
  limitReachedBy,
  MAX_ACTIVE_WEBHOOKS,
  MAX_WEBHOOKS,
  type WebhookCounts,
  type WebhookLimit,
} from './webhook-limit.js';

/** A webhook's signing secrets as they are stored. */
export type StoredSecrets = Pick<Webhook, 'id' | 'secret' | 'previousSecret'>;

const STORED_SECRETS = { id: true, secret: true, previousSecret: true } as const;

@Injectable()
export class WebhooksRepository {
  constructor(private readonly prisma: PrismaService) {}

  find(id: string): Promise<Webhook | null> {
    return this.prisma.webhook.findUnique({ where: { id } });
  }

  /**
   * The user's webhooks, newest first; with `active` only those in that state. At most {@link MAX_WEBHOOKS}: an older
   * version let users have more. Active ones come before the cut, then the newest inactive ones.
   */
  async findByUser(userId: string, active: boolean | undefined): Promise<Webhook[]> {
    const webhooks = await this.prisma.webhook.findMany({
      where: { userId, ...(active === undefined ? {} : { active }) },
      orderBy: [{ active: 'desc' }, { createdAt: 'desc' }, { id: 'desc' }],
      take: MAX_WEBHOOKS,
    });
    return webhooks.sort((one, other) => +other.createdAt - +one.createdAt || (one.id < other.id ? 1 : -1));
  }

  count(userId: string): Promise<WebhookCounts> {
    return countOf(this.prisma, userId);
  }

  /** Adds an active webhook; where the user's webhooks reach a limit, nothing is added and the limit is returned. */
  createWithinLimits(webhook: Prisma.WebhookCreateInput): Promise<Webhook | WebhookLimit> {
    return this.prisma.serialized(webhook.userId, async (tx) => {
      return limitReachedBy(await countOf(tx, webhook.userId)) ?? tx.webhook.create({ data: webhook });
    });
  }

  /** Changes a webhook; null when it was deleted meanwhile. */
  async update(id: string, data: Prisma.WebhookUpdateInput): Promise<Webhook | null> {
    const [webhook] = await this.prisma.webhook.updateManyAndReturn({ where: { id }, data });
    return webhook ?? null;
  }

  /**
   * Puts a secret in the place of the present one, which stays as the previous one; null when the webhook was deleted
   * meanwhile. In one statement, so that no rotation and no re-encryption at the same time is undone.
   *
   * @param overlapSeconds how long the present one goes on signing; with 0 it is forgotten at once
   */
  async rotateSecret(id: string, secret: Uint8Array, overlapSeconds: number): Promise<Webhook | null> {
    await this.prisma.$executeRaw`
      UPDATE webhooks SET secret = ${secret}, updated_at = now(),
        previous_secret = CASE WHEN ${overlapSeconds}::int > 0 THEN secret END,
        previous_secret_expires_at = CASE WHEN ${overlapSeconds}::int > 0
          THEN now() + ${overlapSeconds}::int * interval '1 second' END
      WHERE id = ${id}::uuid`;
    return this.find(id);
  }

  async forgetExpiredSecrets(): Promise<void> {
    await this.prisma.$executeRaw`
      UPDATE webhooks SET previous_secret = NULL, previous_secret_expires_at = NULL WHERE id IN (
        SELECT id FROM webhooks WHERE previous_secret_expires_at <= now() FOR NO KEY UPDATE SKIP LOCKED)`;
  }

  /** The secrets of the webhooks behind this one, in the order of ids. */
  findSecretsBehind(id: string, limit: number): Promise<StoredSecrets[]> {
    return this.prisma.webhook.findMany({
      where: { id: { gt: id } },
      orderBy: { id: 'asc' },
      take: limit,
      select: STORED_SECRETS,
    });
  }

  findSecrets(ids: string[]): Promise<StoredSecrets[]> {
    return this.prisma.webhook.findMany({ where: { id: { in: ids } }, select: STORED_SECRETS });
  }

  /**
   * Replaces secrets where they still are what was read (compare-and-swap). Waits for no lock: a webhook that is being
   * changed, or was, is left as it is.
   *
   * @returns the ids of those that were replaced
   */
  async replaceSecrets(changes: readonly { from: StoredSecrets; to: StoredSecrets }[]): Promise<string[]> {
    const input = changes.map(({ from, to }) => ({
      id: from.id,
      secret: hexOf(from.secret),
      previous: hexOf(from.previousSecret),
      newSecret: hexOf(to.secret),
      newPrevious: hexOf(to.previousSecret),
    }));
    const replaced = await this.prisma.$queryRaw<{ id: string }[]>`
      WITH input AS (
        SELECT * FROM json_to_recordset(${JSON.stringify(input)}::json) AS input(
          id uuid, secret text, previous text, "newSecret" text, "newPrevious" text)
      ), unchanged AS (
        SELECT webhook.id, "newSecret", "newPrevious" FROM webhooks webhook JOIN input ON input.id = webhook.id
        WHERE webhook.secret = decode(input.secret, 'hex')
          AND webhook.previous_secret IS NOT DISTINCT FROM decode(input.previous, 'hex')
        FOR NO KEY UPDATE OF webhook SKIP LOCKED
      )
      UPDATE webhooks webhook
      SET secret = decode("newSecret", 'hex'), previous_secret = decode("newPrevious", 'hex')
      FROM unchanged WHERE unchanged.id = webhook.id
      RETURNING webhook.id`;
    return replaced.map(({ id }) => id);
  }

  /** Changes a webhook and makes it active, unless the user has the most active ones besides it. */
  activateWithinLimit({ id, userId }: Webhook, data: Prisma.WebhookUpdateInput) {
    return this.prisma.serialized(userId, async (tx): Promise<Webhook | null | WebhookLimit> => {
      const others = await tx.webhook.count({ where: { userId, active: true, NOT: { id } } });
      if (others >= MAX_ACTIVE_WEBHOOKS) return 'active';
      const [webhook] = await tx.webhook.updateManyAndReturn({ where: { id }, data: { ...data, active: true } });
      return webhook ?? null;
    });
  }

  /** Tells the other processes that a webhook has changed or is gone. */
  async announceChange(id: string): Promise<void> {
    await this.prisma.$queryRaw`SELECT ${notify(WEBHOOK_CHANGED_CHANNEL, id)} IS NULL AS notified`;
  }

  /** Whether there was one to delete. From its return on no claim finds a delivery of it. */
  async delete(id: string): Promise<boolean> {
    return (await this.prisma.webhook.deleteMany({ where: { id } })).count > 0;
  }
}

async function countOf(client: Transaction, userId: string): Promise<WebhookCounts> {
  const states = await client.webhook.groupBy({ by: ['active'], where: { userId }, _count: true });
  return {
    active: states.find(({ active }) => active)?._count ?? 0,
    all: states.reduce((sum, { _count }) => sum + _count, 0),
  };
}

function hexOf(bytes: Uint8Array | null): string | null {
  return bytes && Buffer.from(bytes).toString('hex');
}
