import { notify } from '../database/notification-channel.js';
import { Prisma, type DeliveryTrigger } from '../generated/prisma/client.js';
import { DELIVERIES_QUEUED_CHANNEL, queuedNotice } from './deliveries-queued.event.js';
import { afterSent } from './statement-parts.js';

/**
 * Queues one delivery again, in any state, with its retry schedule at the start.
 *
 * Input: the delivery and the trigger. Output: one row if the delivery exists. It locks that row. A settlement of an attempt
 * in flight may follow. It detects the changed trigger or step, and keeps the state that this statement sets.
 */
export function requeueStatement(eventId: string, webhookUuid: string, trigger: DeliveryTrigger): Prisma.Sql {
  return Prisma.sql`
    UPDATE deliveries SET state = 'pending', trigger = ${trigger}::delivery_trigger, schedule_step = 0,
      next_attempt_at = ${afterSent(Prisma.sql`deliveries`)}
    WHERE event_id = ${eventId}::uuid AND webhook_id = ${webhookUuid}::uuid
    RETURNING ${notify(DELIVERIES_QUEUED_CHANNEL, queuedNotice([webhookUuid]))} IS NULL AS notified`;
}
