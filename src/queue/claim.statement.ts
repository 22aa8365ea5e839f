import { Prisma } from '../generated/prisma/client.js';
import { FIRST_WEBHOOK, WEBHOOKS_PER_CLAIM } from './claim-limits.js';
import type { Claim, ClaimRequest } from './outbox.types.js';
import { DUE_IN_ORDER, EXAMINE } from './ordering-parts.js';
import {
  FIRST_PERMIT,
  MS_PER_PERMIT,
  NEXT_CLAIM,
  PERMIT_INTERVAL,
  PERMITS,
  permitsFrom,
  TAKE_PERMITS,
  type PermitsText,
} from './rate-limit-parts.js';
import {
  CLOCK,
  fewWith,
  knownDemand,
  NOT_LEASED,
  NOT_PAUSED,
  pendingAfter,
  PROBE,
  toDelivery,
  toWebhooks,
  WEBHOOK_TO_SEND,
  type DeliveryToSend,
  type EventToSend,
  type WebhookText,
} from './statement-parts.js';

/**
 * The number of first attempts that are claimed per retry, if a webhook has enough of both. New events do not wait for many
 * retries, and retries do not starve.
 */
const FIRSTS_PER_RETRY = Prisma.sql`4`;

/**
 * The due deliveries of the webhook `ready`, up to its demand: its first attempts (0) or its retries (1). "First" counts from the
 * start of the retry schedule: a delivery that was queued again has its first attempt again.
 */
function due(step: 0 | 1): Prisma.Sql {
  return Prisma.sql`
    SELECT event_id, webhook_id FROM deliveries
    WHERE NOT ready.ordered AND webhook_id = ready.id AND state = 'pending'
      AND least(schedule_step, 1) = ${Prisma.raw(String(step))}
      AND next_attempt_at <= now() AND ${NOT_LEASED}
    ORDER BY next_attempt_at LIMIT ready.wanted FOR UPDATE SKIP LOCKED`;
}

function listed(webhooks: readonly string[]): Prisma.Sql {
  return Prisma.sql`
    SELECT webhook_id, number FROM unnest(string_to_array(${webhooks.join()}, ',')::uuid[])
    WITH ORDINALITY AS listed(webhook_id, number)`;
}

/**
 * Leases due deliveries, a few of each webhook in turn.
 *
 * Input: webhooks or the cursor of a scan, the demand for each webhook, the limits of the claim, the lease. Output: the
 * leased deliveries with their webhooks and events, the webhooks that hit a limit, and the next cursor. It locks the
 * deliveries that it leases, and the webhooks that have a rate limit. It skips rows that another statement has locked. Any number of claims, enqueues and
 * settlements may run at the same time.
 *
 * The deliveries are one JSON text with each webhook once, because rows and columns take several times as long. Each event is
 * a row: within JSON, PostgreSQL would escape every character of the payload, and this process would parse it again.
 */
export function claimStatement(request: ClaimRequest): Prisma.Sql {
  const { from, limit, maxBytes, defaultDemand, leaseMs, leaseToken } = request;
  return Prisma.sql`
    WITH RECURSIVE visited AS (
      ${'cursor' in from ? pendingAfter(from.cursor, WEBHOOKS_PER_CLAIM) : listed(from.webhooks)}
    ), ${knownDemand(request)}, eligible AS (
      SELECT webhook.id, least(coalesce(known.wanted, ${defaultDemand}::int), ${PROBE}) AS wanted,
        webhook.ordering = 'extraction' AS ordered, ${PERMIT_INTERVAL} AS permit_interval, number
      FROM visited
      JOIN webhooks webhook ON webhook.id = visited.webhook_id
      LEFT JOIN known ON known.webhook = webhook.id
      WHERE webhook.active AND ${NOT_PAUSED}
        AND ${fewWith(Prisma.sql`visited.webhook_id`)}
    ), ${PERMITS}, ready AS (
      SELECT eligible.id, CASE WHEN eligible.permit_interval IS NULL THEN wanted ELSE least(wanted, coalesce(permits, 0)) END AS wanted,
        eligible.permit_interval IS NOT NULL AND wanted > coalesce(permits, 0) AS rate_limited, ordered, number
      FROM eligible LEFT JOIN permits USING (id)
      ORDER BY number
    ), ${EXAMINE}, picked AS (
      SELECT due.*, number, row_number() OVER () AS rank FROM ready CROSS JOIN LATERAL (
        SELECT event_id, webhook_id FROM (
          SELECT *, row_number() OVER () AS turn FROM (${due(0)}) first_attempts
          UNION ALL
          -- Random, because a claim of one delivery must sometimes take a retry.
          SELECT *, row_number() OVER () * ${FIRSTS_PER_RETRY} - floor(random() * ${FIRSTS_PER_RETRY}) FROM (${due(1)}) retries
          UNION ALL
          SELECT *, row_number() OVER () FROM (${DUE_IN_ORDER}) in_order
        ) candidate
        ORDER BY turn LIMIT ready.wanted
      ) due
      LIMIT ${limit}::int
    ), sized AS (
      -- The length is known without reading a payload that is stored out of line.
      SELECT *, sum((SELECT octet_length(payload) FROM events WHERE events.id = event_id)) OVER (ORDER BY rank) AS bytes
      FROM picked
    ), leased AS (
      UPDATE deliveries SET
        leased_until = now() + ${leaseMs}::int * interval '1 millisecond', lease_token = ${leaseToken}::uuid
      FROM sized WHERE deliveries.event_id = sized.event_id AND deliveries.webhook_id = sized.webhook_id
        AND (rank = 1 OR bytes <= ${maxBytes}::int)
      RETURNING deliveries.*, number, rank
    ), counted AS (
      SELECT webhook_id, count(*) AS taken FROM leased GROUP BY webhook_id
    ), ${TAKE_PERMITS}, reached AS (
      -- The last served webhook, if a limit ended the claim. Later webhooks may have due deliveries, too.
      SELECT max(number) AS last FROM leased
      WHERE (SELECT count(*) FROM picked) = ${limit}::int
        OR (SELECT count(*) FROM leased) < (SELECT count(*) FROM picked)
    )
    SELECT json_build_object(
      'now', ${CLOCK},
      'cursor', coalesce(
        (SELECT id FROM ready, reached WHERE number = last),
        (SELECT webhook_id FROM visited WHERE number = ${WEBHOOKS_PER_CLAIM})),
      'limited', (SELECT json_agg(id) FROM ready CROSS JOIN reached LEFT JOIN counted ON webhook_id = id
        WHERE (coalesce(taken, 0) >= wanted AND NOT rate_limited) OR id IN (SELECT webhook_id FROM examined WHERE more)
          OR ${'cursor' in from ? Prisma.sql`number = last` : Prisma.sql`number >= last`}),
      'rateLimited', (SELECT json_agg(json_build_array(id, ${NEXT_CLAIM})) FROM ready LEFT JOIN permits USING (id)
        LEFT JOIN counted ON webhook_id = id WHERE rate_limited),
      'webhooks', (SELECT json_agg(webhook) FROM (
        SELECT ${WEBHOOK_TO_SEND}, ${FIRST_PERMIT} AS "firstPermit", ${MS_PER_PERMIT} AS "msPerPermit"
        FROM webhooks LEFT JOIN permits USING (id) WHERE id IN (SELECT webhook_id FROM leased)) webhook),
      'deliveries', (SELECT json_agg(delivery) FROM (
        SELECT id, event_id AS "eventId", webhook_id AS "webhookUuid", trigger, attempts,
          schedule_step AS "scheduleStep" FROM leased ORDER BY rank) delivery)
    )::text AS claim, NULL::uuid AS id, NULL AS type, NULL AS "userId", NULL AS "extractionId", NULL AS payload,
      NULL AS traceparent
    UNION ALL
    SELECT NULL, id, type, user_id, extraction_id, payload, traceparent FROM events WHERE id IN (SELECT event_id FROM leased)`;
}

/** The result of the statement: the claim, then the events. */
export type ClaimRows = [claim: ClaimRow, ...events: EventToSend[]];

interface ClaimRow {
  claim: string;
}

interface ClaimText {
  now: number;
  /** The cursor of the scan: it continues after this webhook. Null when the scan reached the last webhook. */
  cursor: string | null;
  limited: string[] | null;
  rateLimited: [webhookUuid: string, waitMs: number][] | null;
  webhooks: (WebhookText & PermitsText)[] | null;
  deliveries: (DeliveryToSend & { eventId: string })[] | null;
}

export function toClaim([row, ...rows]: ClaimRows, leaseToken: string): Claim {
  const { now, cursor, limited, rateLimited, webhooks: texts, deliveries } = JSON.parse(row.claim) as ClaimText;
  const webhooks = toWebhooks(texts);
  const permitOf = permitsFrom(texts ?? []);
  const events = new Map(rows.map((event) => [event.id, event]));
  return {
    deliveries: (deliveries ?? []).flatMap((delivery) => {
      const event = events.get(delivery.eventId);
      const webhook = webhooks.get(delivery.webhookUuid);
      return event && webhook ? toDelivery(delivery, event, webhook, leaseToken, permitOf(delivery.webhookUuid)) : [];
    }),
    now,
    cursor: cursor ?? FIRST_WEBHOOK,
    limited: new Set(limited),
    rateLimited: new Map(rateLimited),
  };
}
