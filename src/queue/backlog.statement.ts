import type { Place } from '../common/cursor.js';
import { Prisma } from '../generated/prisma/client.js';
import { WEBHOOK_STATE } from '../webhooks/statement-parts.js';
import type { WebhookState } from '../webhooks/webhook-health.js';
import { hasEarlier } from './ordering-parts.js';
import { fewWith, isPending } from './statement-parts.js';

/** The backlogs to read. An undefined field does not narrow the list. */
export interface BacklogFilter {
  webhookUuid?: string | undefined;
  userId?: string | undefined;
}

/**
 * Counts the pending deliveries of each webhook, those that are being sent included.
 *
 * Input: the filter and the most rows. Output: one {@link BacklogRow} per webhook with pending deliveries, those with the most
 * due ones first. It takes no locks. It reads all pending deliveries that pass the filter from their index.
 */
export function backlogStatement({ webhookUuid, userId }: BacklogFilter, limit: number): Prisma.Sql {
  const ofWebhook = webhookUuid === undefined ? Prisma.empty : Prisma.sql`AND webhook_id = ${webhookUuid}::uuid`;
  const ofUser =
    userId === undefined
      ? Prisma.empty
      : Prisma.sql`AND webhook_id IN (SELECT id FROM webhooks WHERE user_id = ${userId})`;
  return Prisma.sql`
    SELECT backlog.*, user_id AS "userId", CASE WHEN webhooks.id IS NOT NULL THEN ${WEBHOOK_STATE} END AS state
    FROM (
      SELECT webhook_id AS "webhookUuid", count(*)::int AS pending,
        (count(*) FILTER (WHERE next_attempt_at <= now()))::int AS due,
        min(next_attempt_at) FILTER (WHERE next_attempt_at <= now()) AS "oldestDue"
      FROM deliveries WHERE state = 'pending' ${ofWebhook} ${ofUser}
      GROUP BY webhook_id ORDER BY due DESC, pending DESC, webhook_id LIMIT ${limit}::int
    ) backlog
    LEFT JOIN webhooks ON webhooks.id = "webhookUuid"
    ORDER BY due DESC, pending DESC, "webhookUuid"`;
}

export interface BacklogRow {
  webhookUuid: string;
  pending: number;
  /** The pending deliveries whose next attempt is due now. */
  due: number;
  /** The earliest due time. Null without a due delivery. */
  oldestDue: Date | null;
  /** Null if the webhook was deleted: a recurring job cancels its deliveries. */
  userId: string | null;
  /** Null if the webhook was deleted. */
  state: WebhookState | null;
}

/** The parts of a webhook's pending deliveries in their index: first attempts, and retries. */
export const PENDING_STEPS = [0, 1] as const;
type PendingStep = (typeof PENDING_STEPS)[number];

/** The next pending deliveries of a webhook in one part of the index. */
export interface PendingRange {
  step: PendingStep;
  /** The place of the last row before. Undefined: from the first row. */
  after: Place | undefined;
  limit: number;
}

/**
 * The rows of a range, in the order of their due times. The index gives this order, whatever the planner expects.
 *
 * @param exact rows with equal due times are in the order of their events, and `after` is exact. Otherwise the range begins with
 *   all rows of the due time of `after`. This is for statements that move every row out of the range
 */
export function pendingOf(webhookUuid: string, { step, after, limit }: PendingRange, exact: boolean): Prisma.Sql {
  const rows = Prisma.join(
    [
      partOf(Prisma.sql`${webhookUuid}::uuid`, Prisma.raw(String(step))),
      ...(after === undefined ? [] : [Prisma.sql`next_attempt_at >= ${after.time}`]),
      ...(after === undefined || !exact
        ? []
        : [Prisma.sql`(next_attempt_at > ${after.time} OR event_id > ${after.id}::uuid)`]),
    ],
    ' AND ',
  );
  const columns = Prisma.sql`SELECT id, event_id, webhook_id, next_attempt_at, attempts, ordering_key, ordered_at`;
  if (!exact) return Prisma.sql`${columns} FROM ${rows} ORDER BY next_attempt_at LIMIT ${limit}::int`;
  // With an order by both columns alone, PostgreSQL may sort the whole backlog. The due time of the last row bounds the sort.
  return Prisma.sql`
    ${columns} FROM ${rows} AND next_attempt_at <= coalesce(
      (SELECT next_attempt_at FROM ${rows} ORDER BY next_attempt_at OFFSET ${limit - 1}::int LIMIT 1), 'infinity')
    ORDER BY next_attempt_at, event_id LIMIT ${limit}::int`;
}

/** The pending deliveries of a webhook in a part of the index. */
function partOf(webhookUuid: Prisma.Sql, step: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`deliveries WHERE webhook_id = ${webhookUuid} AND state = 'pending' AND least(schedule_step, 1) = ${step}`;
}

/**
 * Counts the pending deliveries of a webhook, or of all webhooks of a user, each count up to a limit. The statement then takes
 * milliseconds, whatever the size of the backlog.
 *
 * Input: the webhook or the user, and the limit. Output: one {@link TotalsRow}. It takes no locks. The earliest due time is exact: it is the
 * first entry of the index for a webhook and a part.
 */
export function totalsStatement(whose: { webhookUuid: string } | { userId: string }, limit: number): Prisma.Sql {
  const webhooks =
    'webhookUuid' in whose
      ? Prisma.sql`SELECT ${whose.webhookUuid}::uuid AS id`
      : Prisma.sql`SELECT id FROM webhooks WHERE user_id = ${whose.userId}`;
  const rows = partOf(Prisma.sql`part.id`, Prisma.sql`part.step`);
  const counted = (which: Prisma.Sql): Prisma.Sql => Prisma.sql`(SELECT count(*)::int FROM (
    SELECT FROM part CROSS JOIN LATERAL (SELECT FROM ${which} LIMIT ${limit}::int) one LIMIT ${limit}::int) counted)`;
  return Prisma.sql`
    WITH part AS MATERIALIZED (SELECT id, step FROM (${webhooks}) webhook CROSS JOIN (VALUES (0), (1)) steps(step))
    SELECT ${counted(rows)} AS pending, ${counted(Prisma.sql`${rows} AND next_attempt_at <= now()`)} AS due,
      (SELECT min(due_at) FROM part CROSS JOIN LATERAL (
        SELECT next_attempt_at AS due_at FROM ${rows} AND next_attempt_at <= now() ORDER BY next_attempt_at LIMIT 1) first
      ) AS "oldestDue"`;
}

export interface TotalsRow {
  pending: number;
  due: number;
  /** Null without a due delivery. */
  oldestDue: Date | null;
}

/**
 * Lists pending deliveries of one webhook, those that are due first at the beginning.
 *
 * Input: the webhook, the place of the last row of the page before, and the most rows. Output: one {@link PendingRow} per row.
 * It takes no locks. It reads `limit` rows of each part of the index. Only rows with the same due time are sorted.
 *
 * The reason of a wait is the one that ends last. A half-open webhook gets one delivery at a time: the others wait for the
 * end of its pause, which is a success.
 */
export function pendingStatement(webhookUuid: string, after: Place | undefined, limit: number): Prisma.Sql {
  const parts = PENDING_STEPS.map((step) => Prisma.sql`(${pendingOf(webhookUuid, { step, after, limit }, true)})`);
  return Prisma.sql`
    SELECT pending.id, event_id AS "eventId", extraction_id AS "extractionId", type AS event, attempts + 1 AS attempt,
      next_attempt_at AS "nextAttemptAt",
      CASE WHEN NOT active THEN 'pause'
        WHEN ${hasEarlier(Prisma.sql`pending`)} THEN 'order'
        WHEN next_attempt_at > greatest(now(), throttled_until) THEN 'retry'
        WHEN throttled_until > now() OR throttle_count > 0 THEN 'pause'
        WHEN rate_limit_requests IS NOT NULL AND next_slot_at > now() THEN 'rate-limit'
        ELSE 'due' END AS "waitsFor"
    FROM (
      SELECT * FROM (${Prisma.join(parts, ' UNION ALL ')}) part ORDER BY next_attempt_at, event_id LIMIT ${limit}::int
    ) pending
    JOIN events ON events.id = event_id
    JOIN webhooks ON webhooks.id = ${webhookUuid}::uuid
    ORDER BY next_attempt_at, event_id`;
}

export interface PendingRow {
  /** The id of the delivery. */
  id: string;
  eventId: string;
  extractionId: string | null;
  event: string;
  /** The number of the next attempt. */
  attempt: number;
  nextAttemptAt: Date;
  waitsFor: 'due' | 'retry' | 'pause' | 'rate-limit' | 'order';
}

/** Finds the rows of `batch` in `deliveries` that are still pending, each by the primary key. */
export const IN_BATCH: Prisma.Sql = Prisma.sql`deliveries.event_id = batch.event_id AND deliveries.webhook_id = batch.webhook_id
  AND ${isPending(Prisma.sql`deliveries`)} AND ${fewWith(Prisma.sql`batch.event_id`)}`;

/** The result of a statement that changes a batch. */
export interface BatchRow {
  /** The number of deliveries that were changed. */
  changed: number;
  /** The last row of the batch, after which the next batch begins. Null after the last batch. */
  lastTime: Date | null;
  lastId: string | null;
}

/** The columns `lastTime` and `lastId` of a {@link BatchRow}, of the rows of `batch`. */
export function lastOf({ limit }: PendingRange): Prisma.Sql {
  const last = (column: Prisma.Sql): Prisma.Sql => Prisma.sql`(SELECT ${column} FROM batch
    WHERE (SELECT count(*) FROM batch) = ${limit}::int ORDER BY next_attempt_at DESC, event_id DESC LIMIT 1)`;
  return Prisma.sql`${last(Prisma.sql`next_attempt_at`)} AS "lastTime", ${last(Prisma.sql`event_id`)} AS "lastId"`;
}
