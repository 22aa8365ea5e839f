import { notify } from '../database/notification-channel.js';
import { Prisma, type DeliveryTrigger } from '../generated/prisma/client.js';
import { DELIVERIES_QUEUED_CHANNEL, queuedNotice } from './deliveries-queued.event.js';

/**
 * Queues one delivery again, whatever its state, with its retry schedule at the start.
 *
 * Input: the delivery and the reason. Output: one row if the delivery exists. It locks that row. A settlement of an attempt
 * in flight recognizes the new trigger or step and leaves the state as it is set here.
 */
export function requeueStatement(eventId: string, webhookUuid: string, trigger: DeliveryTrigger): Prisma.Sql {
  return Prisma.sql`
    UPDATE deliveries SET state = 'pending', trigger = ${trigger}::delivery_trigger, schedule_step = 0, next_attempt_at = now()
    WHERE event_id = ${eventId}::uuid AND webhook_id = ${webhookUuid}::uuid
    RETURNING ${notify(DELIVERIES_QUEUED_CHANNEL, queuedNotice([webhookUuid]))} IS NULL AS notified`;
}
