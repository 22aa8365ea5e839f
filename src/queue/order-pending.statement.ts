import { Prisma } from '../generated/prisma/client.js';
import { isPending } from './statement-parts.js';

/**
 * Gives the pending deliveries of a webhook their place, after its ordering was turned on.
 *
 * Input: the webhook and the most rows. Output: one row per changed delivery. It locks the rows that it changes. Claims,
 * enqueues and settlements may run at the same time. The caller repeats the statement until it changes no row.
 */
export function orderPendingStatement(webhookUuid: string, limit: number): Prisma.Sql {
  return Prisma.sql`
    UPDATE deliveries SET ordering_key = pending.extraction_id, ordered_at = pending.created_at
    FROM (
      SELECT event_id, webhook_id, extraction_id, events.created_at
      FROM deliveries JOIN events ON events.id = event_id
      WHERE webhook_id = ${webhookUuid}::uuid AND state = 'pending' AND ordering_key IS NULL AND extraction_id IS NOT NULL
        AND trigger <> 'test'
      LIMIT ${limit}::int
    ) pending
    WHERE deliveries.event_id = pending.event_id AND deliveries.webhook_id = pending.webhook_id
      AND ${isPending(Prisma.sql`deliveries`)}
    RETURNING 1`;
}
