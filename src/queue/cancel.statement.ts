import { notify } from '../database/notification-channel.js';
import { Prisma } from '../generated/prisma/client.js';
import { WEBHOOK_CHANGED_CHANNEL } from '../webhooks/webhook-changed.event.js';
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

/**
 * Cancels pending deliveries of a webhook, those under a lease included.
 *
 * Input: the webhook and the most rows. Output: one {@link CancelBacklogRow}. It locks the rows that it changes. Claims and
 * settlements may run at the same time. An attempt in flight is recorded, and its delivery stays cancelled (`OVERTAKEN` in
 * settle.statement.ts). The notification makes every process release its buffered deliveries of the webhook. The caller
 * repeats the statement until it changes no row.
 */
export function cancelBacklogStatement(webhookUuid: string, limit: number): Prisma.Sql {
  return Prisma.sql`
    WITH cancelled AS (
      UPDATE deliveries SET state = 'cancelled', next_attempt_at = NULL
      WHERE state = 'pending' AND (event_id, webhook_id) IN (
        SELECT event_id, webhook_id FROM deliveries
        WHERE webhook_id = ${webhookUuid}::uuid AND state = 'pending' LIMIT ${limit}::int)
      RETURNING 1
    )
    SELECT count(*)::int AS cancelled, ${notify(WEBHOOK_CHANGED_CHANNEL, webhookUuid)} IS NULL AS notified FROM cancelled`;
}

export interface CancelBacklogRow {
  /** The number of deliveries that were cancelled. */
  cancelled: number;
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
