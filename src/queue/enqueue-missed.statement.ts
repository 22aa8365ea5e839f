import { notify } from '../database/notification-channel.js';
import { Prisma } from '../generated/prisma/client.js';
import { DELIVERIES_QUEUED_CHANNEL, queuedNotice } from './deliveries-queued.event.js';
import { deliveryId, subscribes } from './statement-parts.js';

/**
 * Queues the events that one webhook subscribes to and has missed. An event is missed if it has no delivery, or if its
 * delivery is exhausted or cancelled. A pending delivery stays as it is.
 *
 * Input: the webhook and events of its user. Output: one {@link EnqueueMissedRow}. It locks the deliveries that it inserts or
 * updates. The same statement of another process may run at the same time: each delivery is queued once.
 */
export function enqueueMissedStatement(webhookUuid: string, eventIds: readonly string[]): Prisma.Sql {
  return Prisma.sql`
    WITH queued AS (
      INSERT INTO deliveries (id, event_id, webhook_id, trigger, next_attempt_at)
      SELECT ${deliveryId(Prisma.sql`event.id`, Prisma.sql`webhook.id`)}, event.id, webhook.id, 'recover', now()
      FROM events event JOIN webhooks webhook ON webhook.id = ${webhookUuid}::uuid
      WHERE event.id = ANY (${eventIds}::uuid[]) AND ${subscribes(Prisma.sql`webhook.events`, Prisma.sql`event.type`)}
      ON CONFLICT (event_id, webhook_id) DO UPDATE
        SET state = 'pending', trigger = 'recover', schedule_step = 0, next_attempt_at = now()
        WHERE deliveries.state IN ('exhausted', 'cancelled')
      RETURNING id
    )
    SELECT count(*)::int AS queued,
      ${notify(DELIVERIES_QUEUED_CHANNEL, queuedNotice([webhookUuid]))} IS NULL AS notified
    FROM queued`;
}

export interface EnqueueMissedRow {
  /** The number of deliveries that became pending. */
  queued: number;
}
