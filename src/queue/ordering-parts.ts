import { Prisma } from '../generated/prisma/client.js';
import { firstInOrder, isPending, NOT_LEASED } from './statement-parts.js';

/**
 * Ordering: a webhook can get the events of an extraction one after another. Its deliveries have the extraction as
 * `ordering_key`, and their place as `ordered_at` and `event_id`.
 *
 * Invariants: only the first pending delivery of a key is claimed. It is in flight alone. A delivery that a claim finds behind
 * another one is postponed, so that the next claims do not read it again. When the first delivery of a key ends, the next one is due
 * at once. Without that, it is due at the end of its postponement: correctness does not depend on it.
 */

/** The number of due deliveries that a claim reads for a webhook with ordering, for the number that it wants. */
function examinedFor(wanted: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`${wanted} * 10 + 100`;
}

/**
 * The postponement of a delivery behind another one. It is short for a new delivery. The settlement of the other one may have
 * begun before this delivery was visible. It then does not make it due.
 */
const POSTPONEMENT = Prisma.sql`CASE WHEN ordered_at > now() - interval '2 seconds' THEN interval '1 second'
  ELSE interval '1 minute' END`;

/** Whether an earlier delivery of the same key is pending. `delivery` has the columns of the order. */
export function hasEarlier(delivery: Prisma.Sql): Prisma.Sql {
  const first = firstInOrder(Prisma.sql`${delivery}.webhook_id`, Prisma.sql`${delivery}.ordering_key`);
  return Prisma.sql`coalesce((
    SELECT (first.ordered_at, first.event_id) < (${delivery}.ordered_at, ${delivery}.event_id) FROM (${first}) first), false)`;
}

/**
 * Common table expressions of a claim.
 *
 * - `examined`: due deliveries of the webhooks in `ready` that have ordering. Each has its `rank` in the claim.
 *   `has_earlier`: an earlier delivery of its key is pending. `more`: the webhook may have more than were read. `short`: fewer than
 *   `ready.wanted` have no earlier one.
 * - `postponed`: deliveries with an earlier one, of the webhooks that are `short`.
 */
export const EXAMINE = Prisma.sql`
  examined AS MATERIALIZED (
    SELECT *, count(*) FILTER (WHERE NOT has_earlier) OVER webhook < wanted AS short,
      count(*) OVER webhook >= ${examinedFor(Prisma.sql`wanted`)} AS more
    FROM (
      SELECT candidate.*, ready.wanted, ready.number, row_number() OVER () AS rank, ${hasEarlier(Prisma.sql`candidate`)} AS has_earlier
      FROM ready CROSS JOIN LATERAL (${examine(0)} UNION ALL ${examine(1)}) candidate
      WHERE ready.ordered AND ready.wanted > 0
    ) read
    WINDOW webhook AS (PARTITION BY webhook_id)
  ), postponed AS (
    UPDATE deliveries SET next_attempt_at = now() + ${POSTPONEMENT}
    FROM (
      SELECT delivery.event_id, delivery.webhook_id
      FROM examined JOIN deliveries delivery
        ON delivery.event_id = examined.event_id AND delivery.webhook_id = examined.webhook_id
      WHERE has_earlier AND short AND ${isPending(Prisma.sql`delivery`)} AND ${NOT_LEASED}
        -- The settlement of the earlier delivery changes this time. It may have committed after this statement began.
        AND delivery.next_attempt_at = examined.next_attempt_at
      FOR UPDATE OF delivery SKIP LOCKED
    ) behind
    WHERE deliveries.event_id = behind.event_id AND deliveries.webhook_id = behind.webhook_id
  )`;

/** The due deliveries of the webhook `ready` that are the first of their extraction, up to its demand. */
export const DUE_IN_ORDER = Prisma.sql`
  SELECT delivery.event_id, delivery.webhook_id
  FROM examined JOIN deliveries delivery
    ON delivery.event_id = examined.event_id AND delivery.webhook_id = examined.webhook_id
  WHERE examined.number = ready.number AND NOT has_earlier
    AND ${isPending(Prisma.sql`delivery`)} AND delivery.next_attempt_at <= now() AND ${NOT_LEASED}
  ORDER BY rank LIMIT ready.wanted FOR UPDATE OF delivery SKIP LOCKED`;

/** A common table expression of a settlement: the next delivery of each key whose first delivery ended is due at once. */
export const DUE_NEXT = Prisma.sql`
  due_next AS (
    UPDATE deliveries SET next_attempt_at = now()
    FROM settled CROSS JOIN LATERAL (SELECT event_id, webhook_id FROM (${firstInOrder(
      Prisma.sql`settled.webhook_id`,
      Prisma.sql`settled.ended_key`,
      Prisma.sql`settled.ended_event`,
    )}) first) following
    WHERE ended_key IS NOT NULL AND deliveries.event_id = following.event_id AND deliveries.webhook_id = following.webhook_id
      -- A retry keeps its time.
      AND ${isPending(Prisma.sql`deliveries`)} AND deliveries.schedule_step = 0 AND ${NOT_LEASED}
  )`;

function examine(step: 0 | 1): Prisma.Sql {
  return Prisma.sql`(
    SELECT event_id, webhook_id, ordering_key, ordered_at, next_attempt_at FROM deliveries
    WHERE webhook_id = ready.id AND state = 'pending' AND least(schedule_step, 1) = ${Prisma.raw(String(step))}
      AND next_attempt_at <= now() AND ${NOT_LEASED}
    ORDER BY next_attempt_at LIMIT ${examinedFor(Prisma.sql`ready.wanted`)})`;
}
