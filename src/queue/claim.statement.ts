import { Prisma } from '../generated/prisma/client.js';
import { FIRST_WEBHOOK, WEBHOOKS_PER_CLAIM, type Claim, type ClaimRequest } from './outbox.js';
import {
  CLOCK,
  fewWith,
  knownRoom,
  PROBE,
  toDelivery,
  toWebhooks,
  WEBHOOK_TO_SEND,
  type DeliveryToSend,
  type EventToSend,
  type WebhookText,
} from './statement-parts.js';

/**
 * How many first attempts are claimed for each retry, of a webhook that has enough of both: new events don't wait behind
 * a heap of retries, nor do retries starve.
 */
const FIRSTS_A_RETRY = Prisma.sql`4`;

/** The due deliveries of the webhook `ready`: its first attempts (0) or its retries (1), as many as it has room for. */
function due(step: 0 | 1): Prisma.Sql {
  return Prisma.sql`
    SELECT event_id, webhook_id FROM deliveries
    WHERE webhook_id = ready.id AND state = 'pending' AND least(schedule_step, 1) = ${Prisma.raw(String(step))}
      AND next_attempt_at <= now() AND (leased_until IS NULL OR leased_until <= now())
    ORDER BY next_attempt_at LIMIT ready.free FOR UPDATE SKIP LOCKED`;
}

/** The webhooks that have pending deliveries: a loose index scan, since one may have half of all rows. */
function pendingAfter(cursor: string): Prisma.Sql {
  return Prisma.sql`
    (SELECT webhook_id, 1 AS number FROM deliveries
     WHERE state = 'pending' AND webhook_id > ${cursor}::uuid
     ORDER BY webhook_id LIMIT 1)
    UNION ALL
    SELECT following.webhook_id, number + 1
    FROM visited CROSS JOIN LATERAL (
      SELECT webhook_id FROM deliveries
      WHERE state = 'pending' AND webhook_id > visited.webhook_id
      ORDER BY webhook_id LIMIT 1) following
    WHERE number < ${WEBHOOKS_PER_CLAIM}`;
}

function listed(webhooks: readonly string[]): Prisma.Sql {
  return Prisma.sql`
    SELECT webhook_id, number FROM unnest(string_to_array(${webhooks.join()}, ',')::uuid[])
    WITH ORDINALITY AS listed(webhook_id, number)`;
}

/**
 * Takes due deliveries under a lease, a few of each webhook in turn.
 *
 * What it says of deliveries comes as one JSON text, with each webhook once: that costs a fraction of as many rows and
 * columns. Events are rows of their own: within JSON every character of their payloads would be escaped there and read
 * again here.
 */
export function claimStatement(request: ClaimRequest): Prisma.Sql {
  const { from, limit, maxBytes, defaultRoom, leaseMs, leaseToken } = request;
  return Prisma.sql`
    WITH RECURSIVE visited AS (
      ${'cursor' in from ? pendingAfter(from.cursor) : listed(from.webhooks)}
    ), ${knownRoom(request)}, ready AS (
      SELECT webhook.id, least(coalesce(known.free, ${defaultRoom}::int), ${PROBE}) AS free, number
      FROM visited
      JOIN webhooks webhook ON webhook.id = visited.webhook_id
      LEFT JOIN known ON known.webhook = webhook.id
      WHERE webhook.active AND (webhook.throttled_until IS NULL OR webhook.throttled_until <= now())
        AND coalesce(known.free, ${defaultRoom}::int) > 0 AND ${fewWith(Prisma.sql`visited.webhook_id`)}
      ORDER BY number
    ), picked AS (
      SELECT due.*, row_number() OVER () AS place FROM ready CROSS JOIN LATERAL (
        SELECT event_id, webhook_id FROM (
          SELECT *, row_number() OVER () AS turn FROM (${due(0)}) first_attempts
          UNION ALL
          -- By chance, because where there is room for one only, it must be a retry's turn now and then.
          SELECT *, row_number() OVER () * ${FIRSTS_A_RETRY} - floor(random() * ${FIRSTS_A_RETRY}) FROM (${due(1)}) retries
        ) candidate
        ORDER BY turn LIMIT ready.free
      ) due
      LIMIT ${limit}::int
    ), sized AS (
      -- The length is known without reading a payload that is stored out of line.
      SELECT *, sum((SELECT octet_length(payload) FROM events WHERE events.id = event_id)) OVER (ORDER BY place) AS bytes
      FROM picked
    ), leased AS (
      UPDATE deliveries SET
        leased_until = now() + ${leaseMs}::int * interval '1 millisecond', lease_token = ${leaseToken}::uuid
      FROM sized WHERE deliveries.event_id = sized.event_id AND deliveries.webhook_id = sized.webhook_id
        AND (place = 1 OR bytes <= ${maxBytes}::int)
      RETURNING deliveries.*
    )
    SELECT json_build_object(
      'now', ${CLOCK},
      'visited', (SELECT count(*) FROM visited),
      'picked', (SELECT count(*) FROM picked),
      'last', (SELECT webhook_id FROM visited ORDER BY webhook_id DESC LIMIT 1),
      'webhooks', (SELECT json_agg(webhook) FROM (
        SELECT ${WEBHOOK_TO_SEND} FROM webhooks WHERE id IN (SELECT webhook_id FROM leased)) webhook),
      'deliveries', (SELECT json_agg(delivery) FROM (
        SELECT id, event_id AS "eventId", webhook_id AS "webhookUuid", trigger, attempts,
          schedule_step AS "scheduleStep" FROM leased) delivery)
    )::text AS claim, NULL::uuid AS id, NULL AS type, NULL AS "userId", NULL AS "extractionId", NULL AS payload
    UNION ALL
    SELECT NULL, id, type, user_id, extraction_id, payload FROM events WHERE id IN (SELECT event_id FROM leased)`;
}

/** What the statement brings: the claim, and then the event of each row. */
export type ClaimRows = [claim: ClaimRow, ...events: EventToSend[]];

interface ClaimRow {
  claim: string;
}

interface ClaimText {
  now: number;
  visited: number;
  picked: number;
  last: string | null;
  webhooks: WebhookText[] | null;
  deliveries: (DeliveryToSend & { eventId: string })[] | null;
}

export function toClaim([row, ...rows]: ClaimRows, { limit, leaseToken }: ClaimRequest): Claim {
  const text = JSON.parse(row.claim) as ClaimText;
  const { now, visited, picked, last } = text;
  const webhooks = toWebhooks(text.webhooks);
  const events = new Map(rows.map((event) => [event.id, event]));
  const deliveries = (text.deliveries ?? []).flatMap((delivery) => {
    const event = events.get(delivery.eventId);
    const webhook = webhooks.get(delivery.webhookUuid);
    return event && webhook ? toDelivery(delivery, event, webhook, leaseToken) : [];
  });
  if (picked === limit || picked > deliveries.length) {
    // It was full before the scan's end: the next claim goes on behind the last webhook served.
    const served = deliveries.map(({ webhookUuid }) => webhookUuid).sort();
    return { deliveries, cursor: served.at(-1) ?? FIRST_WEBHOOK, now, full: true };
  }
  return { deliveries, cursor: visited === WEBHOOKS_PER_CLAIM && last ? last : FIRST_WEBHOOK, now, full: false };
}
