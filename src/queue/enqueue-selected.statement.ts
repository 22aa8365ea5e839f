import { notify } from '../database/notification-channel.js';
import { Prisma } from '../generated/prisma/client.js';
import { SUSPECT_IN_SQL } from '../webhooks/filter-text.js';
import { FILTER_MATCHES, filterSubject } from '../webhooks/statement-parts.js';
import { DELIVERIES_QUEUED_CHANNEL, queuedNotice } from './deliveries-queued.event.js';
import type { RecoverySelection } from './outbox.types.js';
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

/** The payload that a filter reads, of an event whose payload it can't read. */
export interface ReplacedPayload {
  id: string;
  document: string;
}

/**
 * Queues the events of a recovery that one webhook subscribes to. A pending delivery stays as it is. The webhook's present
 * filter must match.
 *
 * Input: the selection, and the documents of those events whose payload a filter can't read. Output: one
 * {@link EnqueueSelectedRow}. It locks the deliveries that it inserts or updates. The same statement of another process may run
 * at the same time: each delivery is queued once.
 */
export function enqueueSelectedStatement(
  selection: RecoverySelection,
  documents: readonly ReplacedPayload[],
): Prisma.Sql {
  return Prisma.sql`
    WITH queued AS (
      INSERT INTO deliveries (id, event_id, webhook_id, trigger, next_attempt_at, ordering_key, ordered_at)
      SELECT ${deliveryId(Prisma.sql`event_id`, Prisma.sql`webhook_id`)}, event_id, webhook_id, 'recover',
        ${afterSent(Prisma.sql`selected`)}, ordering_key, CASE WHEN ordering_key IS NOT NULL THEN created_at END
      FROM (${selected(selection, documents)}) selected
      ON CONFLICT (event_id, webhook_id) DO UPDATE
        SET state = 'pending', trigger = 'recover', schedule_step = 0, next_attempt_at = excluded.next_attempt_at,
          ordering_key = excluded.ordering_key, ordered_at = excluded.ordered_at
        WHERE ${isQueuedAgain(selection)}
      RETURNING id
    )
    SELECT count(*)::int AS queued,
      ${notify(DELIVERIES_QUEUED_CHANNEL, queuedNotice([selection.webhookUuid]))} IS NULL AS notified
    FROM queued`;
}

export interface EnqueueSelectedRow {
  /** The number of deliveries that became pending. */
  queued: number;
}

/**
 * Counts the events that {@link enqueueSelectedStatement} would queue.
 *
 * Input: that of the other statement. Output: one `CountSelectedRow`. It takes no locks.
 */
export function countSelectedStatement(
  selection: RecoverySelection,
  documents: readonly ReplacedPayload[],
): Prisma.Sql {
  return Prisma.sql`
    SELECT count(*)::int AS events, min(selected.event_id::text COLLATE "C") AS oldest,
      max(selected.event_id::text COLLATE "C") AS newest
    FROM (${selected(selection, documents)}) selected
    LEFT JOIN deliveries ON deliveries.event_id = selected.event_id AND deliveries.webhook_id = selected.webhook_id
    WHERE deliveries.event_id IS NULL OR ${isQueuedAgain(selection)}`;
}

/** The events that the recovery is about, whatever the states of their deliveries. */
function selected(
  { webhookUuid, eventIds, events, extractionIds }: RecoverySelection,
  documents: readonly ReplacedPayload[],
): Prisma.Sql {
  const type = Prisma.sql`event.type`;
  return Prisma.sql`
    SELECT event.id AS event_id, webhook.id AS webhook_id, event.created_at,
      CASE WHEN webhook.ordering = 'extraction' THEN event.extraction_id END AS ordering_key
    FROM events event JOIN webhooks webhook ON webhook.id = ${webhookUuid}::uuid
    LEFT JOIN json_to_recordset(${JSON.stringify(documents)}::json) AS replaced(id uuid, document text)
      ON replaced.id = event.id
    WHERE event.id = ANY (${eventIds}::uuid[])
      AND ${subscribes(Prisma.sql`webhook.events`, type)}
      ${events.length === 0 ? Prisma.empty : Prisma.sql`AND ${subscribes(Prisma.sql`${events}::text[]`, type)}`}
      ${extractionIds.length === 0 ? Prisma.empty : Prisma.sql`AND event.extraction_id = ANY (${extractionIds}::text[])`}
      AND CASE WHEN filter_path IS NULL THEN true ELSE (
        SELECT ${FILTER_MATCHES} FROM (
          SELECT filter_path AS path, ${filterSubject(
            Prisma.sql`coalesce(replaced.document, payload)`,
            Prisma.sql`extraction_id`,
          )}) subject) END`;
}

/** Whether an existing delivery of a selected event is queued again. */
function isQueuedAgain({ include }: RecoverySelection): Prisma.Sql {
  return include === 'all'
    ? Prisma.sql`deliveries.state <> 'pending'`
    : Prisma.sql`deliveries.state IN ('exhausted', 'cancelled')`;
}
