import { Prisma } from '../generated/prisma/client.js';
import { disabledData, NOTIFY_TOLD, TELL } from './operational-events-parts.js';

/**
 * Tells the owner of a webhook that somebody disabled it.
 *
 * Input: the webhook. Output: one row if another webhook of the owner gets the event. It takes no locks.
 */
export function tellDisabledStatement(webhookUuid: string): Prisma.Sql {
  return Prisma.sql`
    WITH occurred AS (
      SELECT id AS webhook_id, user_id, 'webhook.disabled' AS type, ${disabledData(Prisma.sql`disabled_reason`)} AS data
      FROM webhooks WHERE id = ${webhookUuid}::uuid
    ), ${TELL} ${NOTIFY_TOLD}`;
}
