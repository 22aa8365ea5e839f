import { notify } from '../database/notification-channel.js';
import { Prisma } from '../generated/prisma/client.js';
import { SUSPECT_IN_SQL } from '../webhooks/filter-text.js';
import { FILTER_MATCHES, filterSubject } from '../webhooks/statement-parts.js';
import { DELIVERIES_QUEUED_CHANNEL, queuedNotice } from './deliveries-queued.event.js';
import { afterSent, deliveryId, subscribes } from './statement-parts.js';

/**
 * The payloads that the filter of a webhook can't read as they are (`filterDocument`), and perhaps others. None if the webhook
 * has no filter.
 *
 * Input: the webhook and events of its user. Output: {@link SuspectRow}s. It takes no locks.
 */
export function suspectPayloadsStatement(webhookUuid: string, eventIds: readonly string[]): Prisma.Sql {
  return Prisma.sql`
    SELECT event.id, payload FROM events event JOIN webhooks webhook ON webhook.id = ${webhookUuid}::uuid
    WHERE event.id = ANY (${eventIds}::uuid[]) AND filter_path IS NOT NULL AND payload ~ ${SUSPECT_IN_SQL}`;
}

export interface SuspectRow {
  id: string;
  payload: string;
}

/**
 * Queues the events that one webhook subscribes to and has missed. An event is missed if it has no delivery, or if its
 * delivery is exhausted or cancelled. A pending delivery stays as it is. The webhook's present filter must match.
 *
 * Input: the webhook, events of its user, and the documents of those whose payload a filter can't read. Output: one
 * {@link EnqueueMissedRow}. It locks the deliveries that it inserts or updates. The same statement of another process may run
 * at the same time: each delivery is queued once.
 */
export function enqueueMissedStatement(
  webhookUuid: string,
  eventIds: readonly string[],
  documents: readonly { id: string; document: string }[],
): Prisma.Sql {
  return Prisma.sql`
    WITH replaced AS (
      SELECT * FROM json_to_recordset(${JSON.stringify(documents)}::json) AS replaced(id uuid, document text)
    ), queued AS (
      INSERT INTO deliveries (id, event_id, webhook_id, trigger, next_attempt_at, ordering_key, ordered_at)
      SELECT ${deliveryId(Prisma.sql`event_id`, Prisma.sql`webhook_id`)}, event_id, webhook_id, 'recover',
        ${afterSent(Prisma.sql`missed`)}, ordering_key, CASE WHEN ordering_key IS NOT NULL THEN created_at END
      FROM (SELECT event.id AS event_id, webhook.id AS webhook_id, event.created_at,
        CASE WHEN webhook.ordering = 'extraction' THEN event.extraction_id END AS ordering_key
      FROM events event JOIN webhooks webhook ON webhook.id = ${webhookUuid}::uuid
      LEFT JOIN replaced ON replaced.id = event.id
      WHERE event.id = ANY (${eventIds}::uuid[])
        AND ${subscribes(Prisma.sql`webhook.events`, Prisma.sql`event.type`)}
        AND CASE WHEN filter_path IS NULL THEN true ELSE (
          SELECT ${FILTER_MATCHES} FROM (
            SELECT filter_path AS path, ${filterSubject(
              Prisma.sql`coalesce(replaced.document, payload)`,
              Prisma.sql`extraction_id`,
            )}) subject) END) missed
      ON CONFLICT (event_id, webhook_id) DO UPDATE
        SET state = 'pending', trigger = 'recover', schedule_step = 0, next_attempt_at = excluded.next_attempt_at,
          ordering_key = excluded.ordering_key, ordered_at = excluded.ordered_at
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
