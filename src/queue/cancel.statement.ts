import { uuidV7Floor } from '../common/ids.js';
import { notify } from '../database/notification-channel.js';
import { Prisma } from '../generated/prisma/client.js';
import { WEBHOOK_INVALIDATED_CHANNEL } from '../webhooks/webhook-invalidated.event.js';
import { IN_BATCH, lastOf, pendingOf, type PendingRange } from './backlog.statement.js';
import { NOT_LEASED } from './statement-parts.js';

/**
 * Cancels the pending deliveries of a deleted webhook, except those under a lease: an attempt may be in flight.
 *
 * Input: the webhook. Output: one {@link CancelRow}. It locks the rows that it changes. A claim or a settlement may run at the
 * same time. The caller repeats the statement until no delivery is left.
 *
 * A claim may commit its lease while the update waits for the row. The snapshot of the statement does not show this lease.
 * Pending rows that were not cancelled are therefore counted, and not rows with a lease.
 */
export function cancelStatement(webhookUuid: string): Prisma.Sql {
  return Prisma.sql`
    WITH cancelled AS (
      UPDATE deliveries SET state = 'cancelled', next_attempt_at = NULL
      WHERE webhook_id = ${webhookUuid}::uuid AND state = 'pending' AND ${NOT_LEASED}
      RETURNING 1
    )
    SELECT count(*)::int - (SELECT count(*) FROM cancelled)::int AS leased FROM deliveries
    WHERE webhook_id = ${webhookUuid}::uuid AND state = 'pending'`;
}

export interface CancelRow {
  /** The number of pending deliveries that are not cancelled: they are, or just were, under a lease. */
  leased: number;
}

/** The deliveries to cancel. An undefined field does not narrow them. */
export interface CancelFilter {
  /** The type of the event. */
  event?: string | undefined;
  /** Only events that were accepted before this time. */
  before?: Date | undefined;
}

/**
 * Cancels pending deliveries of a webhook that pass the filter, those under a lease included.
 *
 * Input: the webhook, the filter, and the batch: the next rows of one part of the index. Output: one {@link BatchRow}.
 * It locks the rows that it changes. Claims and settlements may run at the same time. An attempt in flight is recorded, and
 * its delivery stays cancelled (`CHANGED_MEANWHILE` in settle.statement.ts). The notification makes every process release its
 * buffered deliveries of the webhook.
 */
export function cancelBacklogStatement(webhookUuid: string, filter: CancelFilter, batch: PendingRange): Prisma.Sql {
  const { event, before } = filter;
  const isFiltered = event !== undefined || before !== undefined;
  const conditions = [
    IN_BATCH,
    ...(before === undefined ? [] : [Prisma.sql`batch.event_id < ${uuidV7Floor(before.getTime())}::uuid`]),
    ...(event === undefined ? [] : [Prisma.sql`(SELECT type FROM events WHERE events.id = batch.event_id) = ${event}`]),
  ];
  return Prisma.sql`
    WITH batch AS MATERIALIZED (${pendingOf(webhookUuid, batch, isFiltered)}), changed AS (
      UPDATE deliveries SET state = 'cancelled', next_attempt_at = NULL
      FROM batch WHERE ${Prisma.join(conditions, ' AND ')}
      RETURNING 1
    )
    SELECT changed, ${lastOf(batch)},
      CASE WHEN changed > 0 THEN ${notify(WEBHOOK_INVALIDATED_CHANNEL, webhookUuid)}::text END AS notified
    FROM (SELECT count(*)::int AS changed FROM changed) counted`;
}

/**
 * Finds deleted webhooks that still have pending deliveries. A crash between deleting and cancelling causes them.
 *
 * Input: none. Output: one {@link OrphanRow} per webhook. It takes no locks. Other statements may run at the same time. The
 * recursion jumps from webhook to webhook in the index of pending deliveries, because one webhook may have most of the rows.
 */
export function orphansStatement(): Prisma.Sql {
  return Prisma.sql`
    WITH RECURSIVE visited AS (
      (SELECT webhook_id FROM deliveries WHERE state = 'pending' ORDER BY webhook_id LIMIT 1)
      UNION ALL
      SELECT (SELECT webhook_id FROM deliveries WHERE state = 'pending' AND webhook_id > visited.webhook_id
              ORDER BY webhook_id LIMIT 1)
      FROM visited WHERE visited.webhook_id IS NOT NULL
    )
    SELECT webhook_id AS id FROM visited
    WHERE webhook_id IS NOT NULL AND NOT EXISTS (SELECT FROM webhooks WHERE id = visited.webhook_id)`;
}

export interface OrphanRow {
  /** The uuid of the webhook. */
  id: string;
}
