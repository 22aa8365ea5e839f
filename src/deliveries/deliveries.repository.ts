import { Injectable } from '@nestjs/common';
import { uuidV7Floor } from '../common/ids.js';
import { PrismaService } from '../database/prisma.service.js';
import type { Delivery, Prisma, Webhook } from '../generated/prisma/client.js';

/** Which attempts to list. All that is undefined does not narrow the list. */
export interface AttemptFilter {
  userId: string;
  webhookUuid?: string | undefined;
  status?: 'success' | 'failed' | undefined;
  event?: string | undefined;
  extractionId?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  /** Only attempts older than this one. */
  before?: string | undefined;
}

/** Counts and durations of a webhook's attempts. */
export interface AttemptStatistics {
  attempts: number;
  succeeded: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

/** Reads the log. Attempt ids are made from the time of the attempt, so the order of ids is the order of time. */
@Injectable()
export class DeliveriesRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** The newest `limit` attempts, without what was sent and what came back. */
  listAttempts(filter: AttemptFilter, limit: number) {
    const { userId, webhookUuid: webhookId, status, event, extractionId, since, until, before } = filter;
    const bounds: Prisma.DeliveryAttemptWhereInput[] = [
      ...(since ? [{ id: { gte: uuidV7Floor(since.getTime()) } }] : []),
      ...(until ? [{ id: { lt: uuidV7Floor(until.getTime()) } }] : []),
      ...(before ? [{ id: { lt: before } }] : []),
    ];
    return this.prisma.deliveryAttempt.findMany({
      where: {
        userId,
        ...(webhookId === undefined ? {} : { webhookId }),
        ...(status === undefined ? {} : { status }),
        ...(event === undefined ? {} : { event }),
        ...(extractionId === undefined ? {} : { extractionId }),
        AND: bounds,
      },
      omit: { requestHeaders: true, responseHeaders: true, responseBody: true, responseTruncated: true },
      orderBy: { id: 'desc' },
      take: limit,
    });
  }

  findAttempt(id: string) {
    return this.prisma.deliveryAttempt.findUnique({ where: { id } });
  }

  /** The text that was sent for an event. */
  async findPayload(eventId: string): Promise<string | undefined> {
    return (await this.prisma.event.findUnique({ where: { id: eventId }, select: { payload: true } }))?.payload;
  }

  findDelivery(eventId: string, webhookId: string): Promise<Delivery | null> {
    return this.prisma.delivery.findUnique({ where: { eventId_webhookId: { eventId, webhookId } } });
  }

  /** The deliveries of an event, in the order they were queued. */
  findDeliveriesOfEvent(eventId: string): Promise<Delivery[]> {
    return this.prisma.delivery.findMany({ where: { eventId }, orderBy: { id: 'asc' } });
  }

  /** The statistics of all attempts since a time, and of each hour that has any. */
  async statistics({ userId, id }: Pick<Webhook, 'userId' | 'id'>, since: Date) {
    const rows = await this.prisma.$queryRaw<(AttemptStatistics & { hour: Date | null })[]>`
      SELECT date_trunc('hour', created_at) AS hour, count(*)::int AS attempts,
        count(*) FILTER (WHERE status = 'success')::int AS succeeded,
        percentile_cont(0.50) WITHIN GROUP (ORDER BY duration_ms) AS p50,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) AS p95,
        percentile_cont(0.99) WITHIN GROUP (ORDER BY duration_ms) AS p99
      FROM delivery_attempts
      WHERE user_id = ${userId} AND webhook_id = ${id}::uuid AND id >= ${uuidV7Floor(since.getTime())}::uuid
      GROUP BY GROUPING SETS ((), (date_trunc('hour', created_at)))
      ORDER BY hour`;
    const hours = rows.flatMap(({ hour, ...statistics }) => (hour === null ? [] : [{ hour, ...statistics }]));
    const total = rows.find(({ hour }) => hour === null) ?? {
      attempts: 0,
      succeeded: 0,
      p50: null,
      p95: null,
      p99: null,
    };
    return { total, hours };
  }
}
