import { notify } from '../database/notification-channel.js';
import { Prisma } from '../generated/prisma/client.js';
import { FILTER_MATCHES, filterSubject } from '../webhooks/statement-parts.js';
import { OPERATIONAL_WORDS } from '../webhooks/event-patterns.js';
import { DELIVERIES_QUEUED_CHANNEL, MAX_NOTIFIED } from './deliveries-queued.event.js';
import { deliveryId, subscribes, uuidTime } from './statement-parts.js';

/**
 * Operational events tell the owner of a webhook about changes of its state. The statement that makes the change stores the event
 * and its deliveries to the owner's other webhooks. Each occurrence is therefore told once, whatever crashes.
 *
 * Invariant: a delivery of an operational event, or of a test event, causes no operational event.
 */

/** Whether events of a type cause no operational events. */
export function isOperational(type: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`split_part(${type}, '.', 1) = ANY (${[...OPERATIONAL_WORDS]}::text[])`;
}

/** A time as responses show it: ISO 8601 in UTC with milliseconds. */
function iso(time: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** The public id of a webhook: `webhookIdOf` of `common/ids.ts`, in SQL. */
function publicId(webhookUuid: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`'webhook-' || replace(${webhookUuid}::text, '-', '')`;
}

/** A common table expression of a settlement: the occurrences at webhooks and deliveries. It reads `changed`, `settled` and `input`. */
export const OCCURRED = Prisma.sql`
  occurred AS (
    SELECT id AS webhook_id, user_id, type, data FROM changed CROSS JOIN LATERAL (VALUES
      ('webhook.failing', told_failing, json_build_object('webhookId', ${publicId(Prisma.sql`id`)}, 'url', url,
        'since', ${iso(Prisma.sql`failing_since`)}, 'error', last_error)),
      ('webhook.recovered', told_recovered, json_build_object('webhookId', ${publicId(Prisma.sql`id`)}, 'url', url)),
      ('webhook.disabled', disabled IS NOT NULL AND causes_events, ${disabledData(Prisma.sql`disabled_reason`)})
    ) AS occurrence(type, happened, data)
    WHERE happened
    UNION ALL
    SELECT input.webhook_id, user_id, 'delivery.exhausted', json_build_object(
      'webhookId', ${publicId(Prisma.sql`input.webhook_id`)}, 'url', url, 'deliveryId', delivery_id, 'eventId', event_id,
      'extractionId', extraction_id)
    FROM settled JOIN input USING (id) WHERE exhausted AND NOT operational
  )`;

/** The data of `webhook.disabled`. */
export function disabledData(reason: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`json_build_object('webhookId', ${publicId(Prisma.sql`id`)}, 'url', url, 'reason', ${reason})`;
}

/**
 * Common table expressions that store the events in `occurred` (webhook_id, user_id, type, data). `told` has one row for each
 * delivery. An event to which no other webhook of the owner subscribes is not stored. A webhook that subscribes and is not active can
 * recover the event later.
 */
export const TELL = Prisma.sql`
  operational AS MATERIALIZED (
    SELECT occurred.*, (${uuidTime(Prisma.sql`clock_timestamp()`)} || '7' ||
        substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid AS id,
      json_build_object('type', type, 'timestamp', ${iso(Prisma.sql`now()`)}, 'data', data)::text AS payload
    FROM occurred
  ), addressed AS MATERIALIZED (
    SELECT operational.*, recipients FROM operational CROSS JOIN LATERAL (
      SELECT count(*) AS subscribers, coalesce(array_agg(other.id) FILTER (WHERE active AND matches), '{}') AS recipients
      FROM webhooks other CROSS JOIN LATERAL (
        SELECT CASE WHEN filter_path IS NULL THEN true ELSE (
          SELECT ${FILTER_MATCHES} FROM (
            SELECT filter_path AS path, ${filterSubject(Prisma.sql`payload`, Prisma.sql`NULL`)}) subject) END AS matches) filter
      WHERE other.user_id = operational.user_id AND other.id <> operational.webhook_id
        AND ${subscribes(Prisma.sql`other.events`, Prisma.sql`operational.type`)}
    ) others
    WHERE subscribers > 0
  ), stored_events AS (
    INSERT INTO events (id, type, user_id, extraction_id, payload, occurred_at, delivery_count)
    SELECT id, type, user_id, NULL, payload, now(), cardinality(recipients) FROM addressed
  ), told AS (
    INSERT INTO deliveries (id, event_id, webhook_id, trigger, next_attempt_at)
    SELECT ${deliveryId(Prisma.sql`id`, Prisma.sql`recipient`)}, id, recipient, 'event', now()
    FROM addressed CROSS JOIN LATERAL unnest(recipients) AS recipient
    RETURNING webhook_id
  )`;

/** Notifies every process of the deliveries in `told`. Null without deliveries. */
export const NOTIFY_TOLD = Prisma.sql`
  SELECT ${notify(
    DELIVERIES_QUEUED_CHANNEL,
    Prisma.sql`concat(' ', CASE WHEN count(DISTINCT webhook_id) <= ${MAX_NOTIFIED}::int
      THEN string_agg(DISTINCT webhook_id::text, ',') END)`,
  )}::text AS notified FROM told HAVING count(*) > 0`;
