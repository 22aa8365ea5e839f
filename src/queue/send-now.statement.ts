import { notify } from '../database/notification-channel.js';
import { Prisma } from '../generated/prisma/client.js';
import { IN_BATCH, lastOf, pendingOf, type PendingRange } from './backlog.statement.js';
import { DELIVERIES_QUEUED_CHANNEL, queuedNotice } from './deliveries-queued.event.js';

/**
 * Makes pending deliveries of a webhook due now that wait for a later time. Their retry schedules go on from their steps.
 *
 * Input: the webhook, and the batch: the next rows of one part of the index, which begins after the present time. Output: one
 * {@link BatchRow}. It locks the rows that it changes. Claims and settlements may run at the same time. The new due time has
 * whole milliseconds and is not in the future: no later batch finds the row again.
 */
export function sendNowStatement(webhookUuid: string, batch: PendingRange): Prisma.Sql {
  return Prisma.sql`
    WITH batch AS MATERIALIZED (${pendingOf(webhookUuid, batch, false)}), changed AS (
      UPDATE deliveries SET next_attempt_at = date_trunc('milliseconds', now())
      FROM batch
      WHERE ${IN_BATCH} AND deliveries.next_attempt_at > now()
      RETURNING 1
    )
    SELECT changed, ${lastOf(batch)},
      CASE WHEN changed > 0 THEN ${notify(DELIVERIES_QUEUED_CHANNEL, queuedNotice([webhookUuid]))}::text END AS notified
    FROM (SELECT count(*)::int AS changed FROM changed) counted`;
}

/**
 * Ends the pause of a webhook. It is half-open then: one delivery tests the receiver, and a success lets the others follow.
 *
 * Input: the webhook. Output: one row with the present time. It locks the row of the webhook. A settlement may set a new pause.
 */
export function endPauseStatement(webhookUuid: string): Prisma.Sql {
  return Prisma.sql`
    WITH ended AS (
      UPDATE webhooks SET throttled_until = NULL WHERE id = ${webhookUuid}::uuid AND throttled_until > now() RETURNING 1
    )
    SELECT now() AS now,
      (SELECT ${notify(DELIVERIES_QUEUED_CHANNEL, queuedNotice([webhookUuid]))}::text FROM ended) AS notified`;
}
