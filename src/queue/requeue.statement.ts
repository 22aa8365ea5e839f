import { notify } from '../database/notification-channel.js';
import { Prisma, type DeliveryTrigger } from '../generated/prisma/client.js';
import { DELIVERIES_QUEUED_CHANNEL, queuedNotice } from './deliveries-queued.event.js';
import { afterSent, fewWith, plainArray } from './statement-parts.js';

/** The primary key of a delivery. */
export interface DeliveryKey {
  eventId: string;
  webhookUuid: string;
}

/**
 * Queues deliveries again, in any state, with their retry schedules at the start: all of them or none.
 *
 * Input: at most 100 deliveries, each once, and the trigger. Output: one row per delivery, or no row if one does not exist. It
 * locks the rows in the order of their keys, so that two such statements do not wait for each other. A settlement of an
 * attempt in flight may follow. It detects the changed trigger or step, and keeps the state that this statement sets.
 */
export function requeueStatement(deliveries: readonly DeliveryKey[], trigger: DeliveryTrigger): Prisma.Sql {
  const webhooks = [...new Set(deliveries.map(({ webhookUuid }) => webhookUuid))];
  return Prisma.sql`
    WITH locked AS (
      SELECT event_id, webhook_id FROM (SELECT
        unnest(${plainArray(deliveries.map(({ eventId }) => eventId))}::uuid[]) AS event_id,
        unnest(${plainArray(deliveries.map(({ webhookUuid }) => webhookUuid))}::uuid[]) AS webhook_id
      ) named JOIN deliveries USING (event_id, webhook_id)
      WHERE ${fewWith(Prisma.sql`named.event_id`)}
      ORDER BY event_id, webhook_id FOR UPDATE OF deliveries
    )
    UPDATE deliveries SET state = 'pending', trigger = ${trigger}::delivery_trigger, schedule_step = 0,
      next_attempt_at = ${afterSent(Prisma.sql`deliveries`)}
    FROM locked
    WHERE deliveries.event_id = locked.event_id AND deliveries.webhook_id = locked.webhook_id
      AND (SELECT count(*) FROM locked) = ${deliveries.length}::int
    RETURNING ${notify(DELIVERIES_QUEUED_CHANNEL, queuedNotice(webhooks))} IS NULL AS notified`;
}
