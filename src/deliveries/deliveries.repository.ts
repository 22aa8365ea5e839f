import { Injectable } from '@nestjs/common';
import { timeOfUuidV7, uuidV7Floor } from '../common/ids.js';
import { PrismaService } from '../database/prisma.service.js';
import { Prisma, type Delivery, type DeliveryAttempt } from '../generated/prisma/client.js';
import {
  attemptsOf,
  kindsOf,
  listingOf,
  ofKindSince,
  type AttemptFilter,
  type ListedAttempt,
} from './listing.statement.js';

/** The attempts to count: of a user, or of one of the user's webhooks. */
export interface AttemptsOf {
  userId: string;
  webhookUuid?: string;
}

/** Counts of attempts, and percentiles of their durations in milliseconds. Null without attempts. */
export interface AttemptStatistics {
  attempts: number;
  succeeded: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

/** Higher than every uuid of version 7. */
const LAST_ATTEMPT = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The most attempts of one delivery that are read: those of the longest retry schedule, started twenty times. */
const MAX_ATTEMPTS = 1_000;

/** Finds the event and the webhook of a delivery, see {@link DeliveriesRepository.findDeliveryById}. It takes no locks. */
export function deliveryById(id: string, since: Date | undefined): Prisma.Sql {
  const time = timeOfUuidV7(id);
  const until = since === undefined ? Prisma.sql`AND event_id < ${uuidV7Floor(time + 1)}::uuid` : Prisma.empty;
  return Prisma.sql`
    SELECT event_id AS "eventId", webhook_id AS "webhookId" FROM delivery_attempts WHERE delivery_id = ${id}::uuid
    UNION
    SELECT event_id, webhook_id FROM deliveries
    WHERE event_id >= ${uuidV7Floor(since?.getTime() ?? time)}::uuid ${until} AND id = ${id}::uuid`;
}

/**
 * Counts attempts since a time, in total (`hour` is null) and for each hour. It takes no locks. It reads no older attempts,
 * and none of other webhooks.
 */
export function statisticsOf(whose: AttemptsOf, since: Date): Prisma.Sql {
  return Prisma.sql`
    ${attemptsSince(whose, uuidV7Floor(since.getTime()))}
    SELECT date_trunc('hour', created_at) AS hour, count(*)::int AS attempts,
      count(*) FILTER (WHERE status = 'success')::int AS succeeded,
      percentile_cont(0.50) WITHIN GROUP (ORDER BY duration_ms) AS p50,
      percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) AS p95,
      percentile_cont(0.99) WITHIN GROUP (ORDER BY duration_ms) AS p99
    FROM attempt
    GROUP BY GROUPING SETS ((), (date_trunc('hour', created_at)))
    ORDER BY hour`;
}

/** A table `attempt` of the attempts since the one with this id. */
function attemptsSince({ userId, webhookUuid }: AttemptsOf, id: string): Prisma.Sql {
  if (webhookUuid === undefined) {
    // A row comparison makes PostgreSQL read a range of the index of the user.
    return Prisma.sql`WITH attempt AS (
      SELECT created_at, status, duration_ms FROM delivery_attempts
      WHERE (user_id, id) >= (${userId}, ${id}::uuid) AND (user_id, id) < (${userId}, ${LAST_ATTEMPT}::uuid))`;
  }
  return Prisma.sql`WITH RECURSIVE ${kindsOf(userId, webhookUuid)}, attempt AS (
      SELECT attempts.* FROM kinds CROSS JOIN LATERAL (
        SELECT created_at, status, duration_ms FROM delivery_attempts
        -- With an offset, it is read for each kind by the index.
        WHERE ${ofKindSince(userId, id)} OFFSET 0) attempts)`;
}

/** Reads the log. Attempt ids begin with the time of the attempt: the order of ids is the order of time. */
@Injectable()
export class DeliveriesRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** The newest `limit` attempts, without requests and responses. */
  listAttempts(filter: AttemptFilter, limit: number): Promise<ListedAttempt[]> {
    return this.prisma.$queryRaw<ListedAttempt[]>(listingOf(filter, limit));
  }

  findAttempt(id: string) {
    return this.prisma.deliveryAttempt.findUnique({ where: { id } });
  }

  findAttemptsByIds(ids: string[]): Promise<DeliveryAttempt[]> {
    return this.prisma.deliveryAttempt.findMany({ where: { id: { in: ids } } });
  }

  /**
   * Finds a delivery by its id, which has no index in `deliveries`. It reads the attempts of the delivery, then the deliveries of
   * the millisecond in which its event was accepted.
   *
   * @param since reads the deliveries of all events since this time instead. Ids that earlier versions made have no time: their
   *   deliveries without an attempt are found only in this way
   */
  async findDeliveryById(id: string, since: Date | undefined): Promise<Delivery | null> {
    const statement = deliveryById(id, since);
    const [key] = await this.prisma.patiently('report', (tx) =>
      tx.$queryRaw<Pick<Delivery, 'eventId' | 'webhookId'>[]>(statement),
    );
    return key ? this.findDelivery(key.eventId, key.webhookId) : null;
  }

  /** All attempts of a delivery, the oldest first. */
  async findAttempts({ id }: Delivery): Promise<ListedAttempt[]> {
    const statement = attemptsOf(id, MAX_ATTEMPTS);
    const attempts = await this.prisma.patiently('report', (tx) => tx.$queryRaw<ListedAttempt[]>(statement));
    return attempts.toReversed();
  }

  /** The payload of an event. Undefined after its retention. */
  async findPayload(eventId: string): Promise<string | undefined> {
    return (await this.prisma.event.findUnique({ where: { id: eventId }, select: { payload: true } }))?.payload;
  }

  findDelivery(eventId: string, webhookId: string): Promise<Delivery | null> {
    return this.prisma.delivery.findUnique({ where: { eventId_webhookId: { eventId, webhookId } } });
  }

  /** Those of the deliveries that exist. */
  findDeliveries(keys: readonly { eventId: string; webhookUuid: string }[]): Promise<Delivery[]> {
    const where = { OR: keys.map(({ eventId, webhookUuid: webhookId }) => ({ eventId, webhookId })) };
    return this.prisma.delivery.findMany({ where });
  }

  /** The deliveries of an event, in the order in which they were queued. */
  findDeliveriesOfEvent(eventId: string): Promise<Delivery[]> {
    return this.prisma.delivery.findMany({ where: { eventId }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
  }

  /** The statistics of attempts since a time, in total and for each hour with attempts. */
  async statistics(whose: AttemptsOf, since: Date) {
    const statement = statisticsOf(whose, since);
    const rows = await this.prisma.patiently('report', (tx) =>
      tx.$queryRaw<(AttemptStatistics & { hour: Date | null })[]>(statement),
    );
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
