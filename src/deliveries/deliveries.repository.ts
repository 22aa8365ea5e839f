import { Injectable } from '@nestjs/common';
import { uuidV7Floor } from '../common/ids.js';
import { PrismaService } from '../database/prisma.service.js';
import { Prisma, type Delivery, type DeliveryAttempt } from '../generated/prisma/client.js';

/** The attempts to list. An undefined field does not narrow the list. */
export interface AttemptFilter {
  userId: string;
  webhookUuid?: string | undefined;
  status?: 'success' | 'failed' | undefined;
  event?: string | undefined;
  extractionId?: string | undefined;
  deliveryId?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  /** Only attempts older than this one. */
  before?: string | undefined;
}

/** An attempt without its request and its response. */
export type ListedAttempt = Omit<
  DeliveryAttempt,
  'requestHeaders' | 'responseHeaders' | 'responseBody' | 'responseTruncated'
>;

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

/** A column and its required value. */
interface Named {
  column: Prisma.Sql;
  value: Prisma.Sql;
}

const STATUSES = { success: Prisma.sql`'success'`, failed: Prisma.sql`'failed'` };

/** The most attempts of one delivery that are read: those of the longest retry schedule, started twenty times. */
const MAX_ATTEMPTS = 1_000;

/** Clocks of processes may differ by this from the clock of the database, in milliseconds. */
const CLOCK_TOLERANCE_MS = 60_000;

/** The ages of events that a search by the id of a delivery reads one after another: an hour, a day, a week. */
const SEARCHED_AGES_MS = [3_600_000, 86_400_000, 7 * 86_400_000];

/** Higher than every uuid of version 7. */
const LAST_ATTEMPT = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * Reads the newest attempts that pass the filter.
 *
 * Input: the filter and the most rows. Output: one {@link ListedAttempt} per row, newest first. It takes no locks.
 *
 * The row comparison makes PostgreSQL read a range of the index of (user, id), (user, extraction, id) or (user, webhook, id).
 * With an equality and an order by id alone, it often scans the index of all ids, with every newer row of other users. For a
 * first page after 20,000 rows of another user the p99 is 9 ms. With the equality it was 18 ms (`npm run bench -- growth`).
 */
export function listingOf(filter: AttemptFilter, limit: number): Prisma.Sql {
  const { userId, webhookUuid, status, event, extractionId, deliveryId, since, until, before } = filter;
  const end = [before ?? LAST_ATTEMPT, until ? uuidV7Floor(until.getTime()) : LAST_ATTEMPT].sort()[0];
  // An extraction has few attempts, a webhook many. If the filter has both, the extraction is the range.
  const named: Named[] = [
    ...(extractionId === undefined ? [] : [{ column: Prisma.sql`extraction_id`, value: Prisma.sql`${extractionId}` }]),
    ...(webhookUuid === undefined ? [] : [{ column: Prisma.sql`webhook_id`, value: Prisma.sql`${webhookUuid}::uuid` }]),
  ];
  const range = [{ column: Prisma.sql`user_id`, value: Prisma.sql`${userId}` }, ...named.slice(0, 1)];
  const others = [
    ...named.slice(1),
    // A literal, not a parameter: PostgreSQL uses the partial index of failures only if the statement itself implies it.
    ...(status === undefined ? [] : [{ column: Prisma.sql`status`, value: STATUSES[status] }]),
    ...(event === undefined ? [] : [{ column: Prisma.sql`event`, value: Prisma.sql`${event}` }]),
    ...(deliveryId === undefined ? [] : [{ column: Prisma.sql`delivery_id`, value: Prisma.sql`${deliveryId}::uuid` }]),
  ];
  const columns = Prisma.join(range.map(({ column }) => column));
  const values = Prisma.join(range.map(({ value }) => value));
  return Prisma.sql`
    SELECT id, user_id AS "userId", webhook_id AS "webhookId", delivery_id AS "deliveryId", event_id AS "eventId",
      extraction_id AS "extractionId", event, url, status, http_status AS "httpStatus", error,
      duration_ms AS "durationMs", attempt, trigger, next_attempt_at AS "nextAttemptAt", created_at AS "createdAt"
    FROM delivery_attempts
    WHERE (${columns}, id) >= (${values}, ${uuidV7Floor(since?.getTime() ?? 0)}::uuid)
      AND (${columns}, id) < (${values}, ${end}::uuid)
      ${Prisma.join([Prisma.empty, ...others.map(({ column, value }) => Prisma.sql`${column} = ${value}`)], ' AND ')}
    ORDER BY ${Prisma.join([...range.map(({ column }) => Prisma.sql`${column} DESC`), Prisma.sql`id DESC`])}
    LIMIT ${limit}::int`;
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
   * Finds a delivery by its id, which has no index. It reads the deliveries of the newest events first: those of the last hour, of
   * the last day, of the last week, then all others. Most searches are for recent deliveries, and end after milliseconds.
   *
   * @param since only of events since this time. Undefined: of all events
   */
  async findDeliveryById(id: string, since = new Date(0)): Promise<Delivery | null> {
    const now = Date.now();
    let end = LAST_ATTEMPT;
    for (const age of [...SEARCHED_AGES_MS, Infinity]) {
      const begin = uuidV7Floor(Math.max(since.getTime(), now - age));
      const statement = Prisma.sql`
        SELECT event_id AS "eventId", webhook_id AS "webhookId" FROM deliveries
        WHERE event_id >= ${begin}::uuid AND event_id < ${end}::uuid AND id = ${id}::uuid`;
      const [key] = await this.prisma.patiently('report', (tx) =>
        tx.$queryRaw<Pick<Delivery, 'eventId' | 'webhookId'>[]>(statement),
      );
      if (key) return this.findDelivery(key.eventId, key.webhookId);
      end = begin;
    }
    return null;
  }

  /** All attempts of a delivery, the oldest first. */
  async findAttempts({ id: deliveryId, eventId, webhookId: webhookUuid }: Delivery): Promise<ListedAttempt[]> {
    const event = await this.prisma.event.findUnique({ where: { id: eventId } });
    if (event === null) return [];
    const { userId, extractionId, createdAt } = event;
    const since = new Date(createdAt.getTime() - CLOCK_TOLERANCE_MS);
    const filter = { userId, webhookUuid, extractionId: extractionId ?? undefined, deliveryId, since };
    const statement = listingOf(filter, MAX_ATTEMPTS);
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
  async statistics({ userId, webhookUuid }: AttemptsOf, since: Date) {
    // As in `listingOf`, a row comparison makes PostgreSQL read a range of an index of the user.
    const [columns, values] =
      webhookUuid === undefined
        ? [Prisma.sql`user_id`, Prisma.sql`${userId}`]
        : [Prisma.sql`user_id, webhook_id`, Prisma.sql`${userId}, ${webhookUuid}::uuid`];
    const statement = Prisma.sql`
      SELECT date_trunc('hour', created_at) AS hour, count(*)::int AS attempts,
        count(*) FILTER (WHERE status = 'success')::int AS succeeded,
        percentile_cont(0.50) WITHIN GROUP (ORDER BY duration_ms) AS p50,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) AS p95,
        percentile_cont(0.99) WITHIN GROUP (ORDER BY duration_ms) AS p99
      FROM delivery_attempts
      WHERE (${columns}, id) >= (${values}, ${uuidV7Floor(since.getTime())}::uuid)
        AND (${columns}, id) < (${values}, ${LAST_ATTEMPT}::uuid)
      GROUP BY GROUPING SETS ((), (date_trunc('hour', created_at)))
      ORDER BY hour`;
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
