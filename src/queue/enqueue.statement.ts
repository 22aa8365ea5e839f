import { quoteIdentifier } from '../database/session-settings.js';
import { notify } from '../database/notification-channel.js';
import { Prisma } from '../generated/prisma/client.js';
import { subscriptionsTo } from '../webhooks/event-patterns.js';
import { filterDocument } from '../webhooks/filter-text.js';
import { FILTER_MATCHES, filterSubject } from '../webhooks/statement-parts.js';
import { DELIVERIES_QUEUED_CHANNEL, MAX_NOTIFIED, PROCESS_ID } from './deliveries-queued.event.js';
import { EVENTS_STORED_CHANNEL, storedNotice } from './events-stored.event.js';
import { ingestOf, type Ingest } from './ingest.js';
import { leasedFrom, type LeasedWebhook } from './leased-deliveries.js';
import type { AcceptedEvent, Enqueued, EnqueueOptions, LeaseRequest, PublishRequest } from './outbox.types.js';
import {
  CLOCK,
  deliveryId,
  fewWith,
  knownDemand,
  NOT_PAUSED,
  plainArray,
  PROBE,
  WEBHOOK_TO_SEND,
} from './statement-parts.js';

/**
 * When an event was stored: the order of an extraction. `now()` is the beginning of a transaction of the host. Another event may
 * have been committed since.
 */
const STORED_AT = Prisma.sql`statement_timestamp()`;

/** Without a lease, every delivery waits for a claim. */
const UNLEASED = Prisma.sql`eligible AS (SELECT NULL::uuid AS id, 0 AS wanted WHERE false)`;

/**
 * The webhooks whose first new deliveries are leased. The lock makes the deletion of a webhook wait for the commit: the
 * deletion then finds the leases. If the deletion is first, this statement waits for it, and leases nothing.
 */
function eligibleWebhooks(lease: LeaseRequest): Prisma.Sql {
  const wanted = Prisma.sql`coalesce(known.wanted, ${lease.defaultDemand}::int)`;
  return Prisma.sql`${knownDemand(lease)}, eligible AS (
      SELECT webhook.id,
        -- A claim decides when deliveries in order, or under a rate limit, may be sent.
        CASE WHEN webhook.ordering = 'none' AND webhook.rate_limit_requests IS NULL THEN least(${wanted}, ${PROBE}) END AS wanted
      FROM webhooks webhook LEFT JOIN known ON known.webhook = webhook.id
      WHERE webhook.id IN (
          SELECT id FROM (SELECT unnest(webhooks || filtered) AS id FROM recipients) each WHERE ${fewWith(Prisma.sql`id`)})
        AND ${wanted} > 0
        AND ${NOT_PAUSED}
      FOR KEY SHARE OF webhook
    )`;
}

/**
 * The webhooks of `filtered` whose filters match an event.
 *
 * The subquery is evaluated once, because of its OFFSET: to parse the payload takes ten times as long as a filter.
 */
function matchingFilters(document: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`ARRAY(
          SELECT filter.id FROM (
            SELECT ${filterSubject(document, Prisma.sql`extraction_id`)} OFFSET 0) subject
          CROSS JOIN unnest(filtered, filters) AS filter(id, path)
          WHERE ${FILTER_MATCHES})`;
}

/** A statement that stores events, and the reader of its row. */
interface Enqueueing {
  statement: Prisma.Sql;
  read: (row: EnqueueRow) => Enqueued;
}

/**
 * Stores the events of requests. Each event has one delivery for every active webhook of its user that subscribes to its
 * type, by its name or by a pattern (`webhooks/event-patterns.ts`).
 *
 * Input: the requests with their events and idempotency keys, the lease and its demand, or the only webhook. Output: one
 * {@link EnqueueRow}. It locks the idempotency keys that it inserts, and with a lease the webhooks that have demand
 * (`FOR KEY SHARE`). Claims, settlements and other enqueues may run at the same time. An enqueue with the same idempotency
 * key waits for the commit. A deletion of a locked webhook waits, too.
 *
 * The _recipients_ of a (type, user) pair are its subscribing webhooks. The _eligible_ webhooks are those recipients whose deliveries
 * may be leased. A _target_ is an event with one of its recipients: a new delivery. The row lists the recipients of each pair, and
 * webhooks with waiting or leased deliveries. It lists events only if filters decide about them, because there are many more of them.
 */
export function enqueueing(requests: readonly PublishRequest[], options: EnqueueOptions): Enqueueing {
  const ingest = ingestOf(requests);
  return {
    statement: statementOf(requests, ingest, options),
    read: (row) => toEnqueued(row, requests, ingest, options),
  };
}

function statementOf(
  requests: readonly PublishRequest[],
  { events, pairs }: Ingest,
  { only, lease, hostSchema, announces = false }: EnqueueOptions,
): Prisma.Sql {
  const our = Prisma.raw(hostSchema === undefined ? '' : `${quoteIdentifier(hostSchema)}.`);
  const { webhookUuid = null, trigger = 'event' } = only ?? {};
  const keys = requests.flatMap(({ idempotency, events: stored }, request) => {
    return idempotency ? [{ request, ...idempotency, eventIds: stored.map(({ id }) => id) }] : [];
  });
  const texts = events.map(({ event }) => filterDocument(event.payload));
  const isPlain = texts.every((text) => text === null);
  const documents = isPlain ? Prisma.empty : Prisma.sql`, unnest(${texts}::text[]) AS document`;
  const matching = matchingFilters(isPlain ? Prisma.sql`payload` : Prisma.sql`coalesce(document, payload)`);
  const leased = (value: Prisma.Sql): Prisma.Sql =>
    lease ? Prisma.sql`CASE WHEN leased THEN ${value} END` : Prisma.sql`NULL`;
  return Prisma.sql`
    WITH recipients AS MATERIALIZED (
      SELECT pair, type, "userId", coalesce(webhooks, '{}') AS webhooks, filtered, filters, ordered
      FROM (SELECT
        unnest(${plainArray([...pairs.keys()])}::int[]) AS pair,
        unnest(${pairs.map(({ type }) => type)}::text[]) AS type,
        string_to_array(unnest(${pairs.map(({ type }) => subscriptionsTo(type).join())}::text[]), ',') AS names,
        unnest(${pairs.map(({ userId }) => userId)}::text[]) AS "userId"
      ) asked CROSS JOIN LATERAL (
        SELECT array_agg(id) FILTER (WHERE filter IS NULL) AS webhooks,
          array_agg(id) FILTER (WHERE filter IS NOT NULL) AS filtered,
          array_agg(filter) FILTER (WHERE filter IS NOT NULL) AS filters,
          array_agg(id) FILTER (WHERE ordering = 'extraction' AND ${webhookUuid}::uuid IS NULL) AS ordered
        FROM (
          SELECT id, ordering, CASE WHEN ${webhookUuid}::uuid IS NULL THEN filter_path END AS filter FROM ${our}webhooks webhook
          WHERE webhook.user_id = "userId"
            AND CASE WHEN ${webhookUuid}::uuid IS NULL THEN webhook.active AND webhook.events && names
                     ELSE webhook.id = ${webhookUuid}::uuid END) webhook
      ) subscribed
    ), idempotent AS (
      SELECT * FROM json_to_recordset(${JSON.stringify(keys)}::json) AS idempotent(
        request int, "publisherId" text, key text, "requestHash" text, "eventIds" uuid[])
    ), new_keys AS (
      INSERT INTO ${our}idempotency_keys (publisher_id, key, request_hash, event_ids)
      SELECT "publisherId", key, decode("requestHash", 'hex'), "eventIds" FROM idempotent
      ON CONFLICT DO NOTHING
      RETURNING publisher_id, key
    ), repeated AS (
      SELECT request FROM idempotent WHERE ("publisherId", key) NOT IN (SELECT publisher_id, key FROM new_keys)
    ), accepted AS (
      SELECT id, number, extraction_id, payload, traceparent, occurred_at, type, "userId", filtered, ordered,
        CASE WHEN filtered IS NULL THEN webhooks ELSE webhooks || ${matching} END AS webhooks
      FROM (SELECT
        unnest(${plainArray(events.map(({ request }) => request))}::int[]) AS request,
        unnest(${plainArray(events.map(({ pair }) => pair))}::int[]) AS pair,
        unnest(${plainArray(events.map(({ number }) => number))}::int[]) AS number,
        unnest(${plainArray(events.map(({ event }) => event.id))}::uuid[]) AS id,
        unnest(${plainArray(events.map(({ event }) => event.occurredAt.getTime()))}::float8[]) AS occurred_at,
        unnest(${events.map(({ event }) => event.extractionId)}::text[]) AS extraction_id,
        unnest(${events.map(({ event }) => event.payload)}::text[]) AS payload,
        unnest(${plainArray(events.map(({ event }) => event.traceparent))}::text[]) AS traceparent${documents}
      ) event
      JOIN recipients USING (pair)
      WHERE request NOT IN (SELECT request FROM repeated)
    ), ${lease ? eligibleWebhooks(lease) : UNLEASED}, target AS (
      SELECT event.id AS event_id, webhook_id, coalesce(number <= wanted, false) AS leased,
        CASE WHEN webhook_id = ANY (ordered) THEN extraction_id END AS ordering_key
      FROM (SELECT id, number, webhooks, ordered, extraction_id FROM accepted) event CROSS JOIN LATERAL unnest(webhooks) AS webhook_id
      LEFT JOIN eligible ON eligible.id = webhook_id
    ), queued AS (
      INSERT INTO ${our}deliveries (id, event_id, webhook_id, trigger, next_attempt_at, leased_until, lease_token,
        ordering_key, ordered_at)
      SELECT ${deliveryId(Prisma.sql`event_id`, Prisma.sql`webhook_id`)}, event_id, webhook_id,
        ${trigger}::${our}delivery_trigger, now(),
        ${leased(Prisma.sql`now() + ${lease?.leaseMs ?? 0}::int * interval '1 millisecond'`)},
        ${leased(Prisma.sql`${lease?.leaseToken ?? null}::uuid`)},
        ordering_key, CASE WHEN ordering_key IS NOT NULL THEN ${STORED_AT} END
      FROM target
    ), stored AS (
      INSERT INTO ${our}events (id, type, user_id, extraction_id, payload, traceparent, occurred_at, delivery_count,
        created_at)
      SELECT id, type, "userId", extraction_id, payload, traceparent, to_timestamp(occurred_at / 1000), cardinality(webhooks),
        ${STORED_AT}
      FROM accepted ORDER BY id -- Positions ascend with ids, because streams have the order of positions.
    ), counted AS (
      SELECT webhook_id AS id, count(*) FILTER (WHERE leased) AS leased, bool_or(NOT leased) AS waiting
      FROM target GROUP BY webhook_id
    )
    SELECT json_build_object(
        'now', ${CLOCK},
        'createdAt', ${STORED_AT}::timestamptz(3),
        'repeated', (SELECT json_agg(request) FROM repeated),
        'recipients', (SELECT json_agg(webhooks ORDER BY pair) FROM recipients),
        'matching', (SELECT json_object_agg(id, webhooks) FROM accepted WHERE filtered IS NOT NULL),
        'waiting', (SELECT json_agg(id) FROM counted WHERE waiting),
        'leased', (SELECT json_agg(webhook) FROM (
          SELECT ${WEBHOOK_TO_SEND}, leased FROM ${our}webhooks JOIN counted USING (id)
          WHERE leased > 0 AND ${fewWith(Prisma.sql`counted.id`)}) webhook)
      )::text AS enqueued,
      -- Sent at the commit, to every process that listens. The aggregate makes it one notification for all rows.
      (SELECT ${notify(
        DELIVERIES_QUEUED_CHANNEL,
        Prisma.sql`concat(${hostSchema === undefined ? PROCESS_ID : ''}::text, ' ',
          CASE WHEN count(*) <= ${MAX_NOTIFIED}::int THEN string_agg(id::text, ',') END)`,
        hostSchema,
      )}
        FROM counted WHERE waiting HAVING count(*) > 0) IS NULL AS notified${announces ? announced(pairs, hostSchema) : Prisma.empty}`;
}

/** A column that notifies streams at the commit of the host. */
function announced(pairs: Ingest['pairs'], hostSchema: string | undefined): Prisma.Sql {
  const notice = storedNotice('', new Set(pairs.map(({ userId }) => userId)));
  return Prisma.sql`, ${notify(EVENTS_STORED_CHANNEL, notice, hostSchema)} IS NULL AS announced`;
}

/** The result of the statement. */
export interface EnqueueRow {
  enqueued: string;
}

interface EnqueuedText {
  now: number;
  createdAt: string;
  /** The requests with idempotency keys that were used before. */
  repeated: number[] | null;
  /** The webhooks of each (type, user) pair, except those with a filter. */
  recipients: string[][] | null;
  /** The webhooks of each event, by its id, if a webhook with a filter subscribes to its type. */
  matching: Record<string, string[]> | null;
  /** The webhooks for which more was queued than was leased. */
  waiting: string[] | null;
  /** The webhooks with leased deliveries, and the number of each: the first deliveries are leased. */
  leased: LeasedWebhook[] | null;
}

/** The result for each request. The row has it for the statement as a whole. */
function toEnqueued(
  { enqueued }: EnqueueRow,
  requests: readonly PublishRequest[],
  { events }: Ingest,
  { only, lease }: EnqueueOptions,
): Enqueued {
  const text = JSON.parse(enqueued) as EnqueuedText;
  const createdAt = new Date(text.createdAt);
  const repeated = new Set(text.repeated);
  const accepted = requests.map((_, request): AcceptedEvent[] | null => (repeated.has(request) ? null : []));
  const leasedOf = leasedFrom(text.leased ?? [], lease?.leaseToken ?? '', only?.trigger ?? 'event');
  const deliveries: Enqueued['leased']['deliveries'] = [];
  for (const { event, request, pair } of events) {
    const webhooks = text.matching?.[event.id] ?? text.recipients?.[pair] ?? [];
    const answer = accepted[request];
    if (!answer) continue;
    answer.push({ deliveries: webhooks.length, createdAt });
    for (const webhookUuid of webhooks) {
      const delivery = leasedOf(event, webhookUuid);
      if (delivery) deliveries.push(delivery);
    }
  }
  return { accepted, webhooks: text.waiting ?? [], leased: { deliveries, now: text.now } };
}
