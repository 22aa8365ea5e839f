import { Injectable } from '@nestjs/common';
import { PrismaService, type Transaction } from '../database/prisma.service.js';
import { Prisma, type DeliveryTrigger } from '../generated/prisma/client.js';
import { WEBHOOK_CHANGED_CHANNEL } from '../webhooks/webhook-changed.event.js';
import type { AttemptOutcome } from './attempt-outcome.js';
import { headerLines } from './header-lines.js';
import { DELIVERIES_QUEUED_CHANNEL, PROCESS_ID, queuedNotice } from './deliveries-queued.event.js';
import type { Settlement } from './delivery-state.js';

/** An event that is about to be stored. */
export interface NewEvent {
  /** A uuid of version 7. */
  id: string;
  type: string;
  userId: string;
  extractionId: string;
  /** The exact text that is sent and signed. */
  payload: string;
  occurredAt: Date;
}

/** Events that are stored together or not at all. */
export interface NewRequest {
  events: NewEvent[];
  /** Without it, a repetition of the request is stored once more. */
  idempotency?: Idempotency | undefined;
}

/** Names a request, so that its repetition does nothing. */
export interface Idempotency {
  publisherId: string;
  key: string;
  /** SHA-256 of the request's meaning, in hex. */
  requestHash: string;
}

/** What was stored. */
export interface Enqueued {
  /**
   * For each request its events in their order, or null when its idempotency key was used before: nothing of it was
   * stored then.
   */
  requests: (AcceptedEvent[] | null)[];
  /** The webhooks that have something due now, beyond what was leased. */
  webhooks: string[];
  /** What was leased under the terms that were given. */
  leased: LeasedDeliveries;
}

export interface AcceptedEvent {
  id: string;
  deliveries: number;
  createdAt: Date;
}

/** A delivery under our lease, with all that sending it takes. */
export interface ClaimedDelivery {
  id: string;
  leaseToken: string;
  eventId: string;
  eventType: string;
  userId: string;
  extractionId: string;
  payload: string;
  webhookUuid: string;
  url: string;
  secret: Uint8Array;
  /** Null outside of a rotation's overlap. */
  previousSecret: Uint8Array | null;
  throttleCount: number;
  trigger: DeliveryTrigger;
  /** Attempts made before this one. */
  attempts: number;
  /** Attempts made since the retry schedule was last begun. */
  scheduleStep: number;
}

/** What a process would take under a lease. */
export interface LeaseTerms {
  /** How many deliveries at most. */
  limit: number;
  /** How many deliveries at most of each webhook. */
  room: ReadonlyMap<string, number>;
  /** The same for webhooks that `room` does not name. */
  defaultRoom: number;
  leaseMs: number;
  leaseToken: string;
}

export interface ClaimRequest extends LeaseTerms {
  /**
   * Where to look: at these webhooks in this order, or at all that have pending deliveries, behind the one at which the
   * last claim ended.
   */
  from: { webhooks: readonly string[] } | { cursor: string };
  /** How many bytes of payloads at most, though always one delivery. */
  maxBytes: number;
}

export interface LeasedDeliveries {
  deliveries: ClaimedDelivery[];
  /** The database's time, in milliseconds since 1970. */
  now: number;
}

export interface Claim extends LeasedDeliveries {
  /** Where the next claim of a tour begins; {@link FIRST_WEBHOOK} when the last webhook was reached. */
  cursor: string;
  /** Whether a limit ended it: more may be due. */
  full: boolean;
}

/** An attempt that was made, and what follows from it. */
export interface SettledAttempt {
  /** A uuid of version 7, made from `createdAt`. */
  id: string;
  delivery: ClaimedDelivery;
  /** When the attempt was made. */
  createdAt: Date;
  requestHeaders: Record<string, string>;
  outcome: AttemptOutcome;
  settlement: Settlement;
}

/** What came of recording attempts. */
export interface Settled {
  /** The ids of the attempts refused, since their deliveries' leases had been lost to other claims. */
  refused: Set<string>;
  /** The webhooks that failed too often, with how often in a row: their deliveries wait for a while. */
  parked: { webhookUuid: string; failures: number }[];
}

/** Below every webhook's id. */
export const FIRST_WEBHOOK = '00000000-0000-0000-0000-000000000000';

/** How many webhooks one claim looks at, which bounds its cost when most of them have nothing due. */
export const WEBHOOKS_PER_CLAIM = 256;

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

/**
 * Always true of a uuid, and taken by the planner for rare, as is every equality it knows nothing of. It so expects one
 * row of input and looks each row up in an index. Left to guess, it expects a hundred, reads small tables as a whole, and
 * keeps to that plan when they have grown: until their next ANALYZE every settlement would read all deliveries.
 */
function fewWith(uuid: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`length(${uuid}::text) = 36`;
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

/** A webhook that was paused is tried with one delivery, and gets the others when that has succeeded. */
const PROBE = Prisma.sql`CASE WHEN webhook.throttle_count > 0 THEN 1 END`;

/** What sending to a webhook takes. */
const WEBHOOK_TO_SEND = Prisma.sql`id, url, encode(secret, 'hex') AS secret, throttle_count AS "throttleCount",
  encode(CASE WHEN previous_secret_expires_at > now() THEN previous_secret END, 'hex') AS "previousSecret"`;

function knownRoom({ room }: LeaseTerms): Prisma.Sql {
  const known = JSON.stringify([...room].map(([webhook, free]) => ({ webhook, free })));
  return Prisma.sql`known AS (SELECT * FROM json_to_recordset(${known}::json) AS known(webhook uuid, free int))`;
}

/** All that is due waits for a claim. */
const UNLEASED = Prisma.sql`takers AS (SELECT NULL::uuid AS id WHERE false), placed AS (
  SELECT *, NULL::timestamptz AS leased_until, NULL::uuid AS lease_token FROM target)`;

/**
 * The first new deliveries of each webhook are leased. The lock makes a webhook's deletion wait for the commit, so that
 * it finds the leases, and keeps a webhook that is already being deleted from being leased anything.
 */
function leasedTargets(terms: LeaseTerms): Prisma.Sql {
  const { limit, defaultRoom, leaseMs, leaseToken } = terms;
  return Prisma.sql`${knownRoom(terms)}, takers AS (
      SELECT webhook.id, least(coalesce(known.free, ${defaultRoom}::int), ${PROBE}) AS free
      FROM webhooks webhook LEFT JOIN known ON known.webhook = webhook.id
      WHERE webhook.id IN (SELECT webhook_id FROM target) AND coalesce(known.free, ${defaultRoom}::int) > 0
        AND (webhook.throttled_until IS NULL OR webhook.throttled_until <= now())
      FOR KEY SHARE OF webhook
    ), ordered AS (
      SELECT event_id, webhook_id, row_number() OVER (PARTITION BY webhook_id ORDER BY event_id) AS place FROM target
    ), placed AS (
      SELECT event_id, webhook_id,
        CASE WHEN taken THEN now() + ${leaseMs}::int * interval '1 millisecond' END AS leased_until,
        CASE WHEN taken THEN ${leaseToken}::uuid END AS lease_token
      FROM (
        SELECT event_id, webhook_id,
          takers.id IS NOT NULL AND row_number() OVER (ORDER BY takers.id IS NULL, place) <= ${limit}::int AS taken
        FROM ordered LEFT JOIN takers ON takers.id = webhook_id AND place <= free) numbered
    )`;
}

/** A delivery was cancelled or queued again while its attempt was in flight. */
const OVERTAKEN = Prisma.sql`(deliveries.state <> 'pending' OR deliveries.trigger <> input.trigger
  OR deliveries.schedule_step <> input."scheduleStep")`;

/** So many ids fit into a notification, which PostgreSQL limits to 8,000 bytes. */
const MAX_NOTIFIED = 200;

/**
 * The circuit breaker: a webhook with so many failures in a row, over so many seconds and without one success, is
 * paused. Nothing of it is lost, nor uses up its attempts: it waits. The pause doubles with each further failure up to the
 * longest one. A receiver that restarts within a minute never meets it.
 */
const BREAKER = { failures: 20, afterSeconds: 60, firstPauseSeconds: 10, longestPauseSeconds: 300 };

/** How long a webhook may fail without one success until it is disabled. */
const DISABLE_AFTER_DAYS = 5;

/**
 * The deliveries table as a queue. All statements are set-based: one for any number of rows, because a statement's
 * fixed cost (parsing, network, commit) is many times a row's.
 */
@Injectable()
export class OutboxRepository {
  constructor(private readonly prisma: PrismaService) {}

  /**
   * Stores requests' events, each with one delivery for every active webhook of its user that subscribes to it, in one
   * statement: all of it is committed or none.
   *
   * @param requests at most one for each idempotency key
   * @param options.only queues for this one webhook instead, subscribed or not
   * @param options.lease leases what these terms have room for at once, which saves its claim
   */
  async enqueue(
    requests: readonly NewRequest[],
    { only, lease, tx }: { only?: OnlyWebhook; lease?: LeaseTerms | undefined; tx?: Transaction } = {},
  ): Promise<Enqueued> {
    const { webhookUuid = null, trigger = 'event' } = only ?? {};
    const keys = requests.flatMap(({ idempotency, events }, request) => {
      return idempotency ? [{ request, ...idempotency, eventIds: events.map(({ id }) => id) }] : [];
    });
    const events = requests.flatMap((request) => request.events);
    const inputs = requests.flatMap((request, index) => request.events.map((event) => toInput(event, index)));
    const payloads = events.map(({ payload }) => payload);
    const statement = Prisma.sql`
      WITH input AS (
        SELECT * FROM ROWS FROM (
          json_to_recordset(${JSON.stringify(inputs)}::json) AS (
            request int, id uuid, type text, "userId" text, "extractionId" text, "occurredAt" timestamptz),
          unnest(${payloads}::text[])
        ) AS event(request, id, type, "userId", "extractionId", "occurredAt", payload)
        WHERE ${fewWith(Prisma.sql`id`)}
      ), idempotent AS (
        SELECT * FROM json_to_recordset(${JSON.stringify(keys)}::json) AS idempotent(
          request int, "publisherId" text, key text, "requestHash" text, "eventIds" uuid[])
      ), named AS (
        INSERT INTO idempotency_keys (publisher_id, key, request_hash, event_ids)
        SELECT "publisherId", key, decode("requestHash", 'hex'), "eventIds" FROM idempotent
        ON CONFLICT DO NOTHING
        RETURNING publisher_id, key
      ), repeated AS (
        SELECT request FROM idempotent WHERE ("publisherId", key) NOT IN (SELECT publisher_id, key FROM named)
      ), accepted AS (
        SELECT *, ARRAY(
          SELECT webhook.id FROM webhooks webhook
          WHERE webhook.user_id = input."userId"
            AND CASE WHEN ${webhookUuid}::uuid IS NULL THEN webhook.active AND input.type = ANY (webhook.events)
                     ELSE webhook.id = ${webhookUuid}::uuid END) AS webhooks
        FROM input WHERE request NOT IN (SELECT request FROM repeated)
      ), target AS (
        SELECT id AS event_id, unnest(webhooks) AS webhook_id FROM accepted
      ), ${lease ? leasedTargets(lease) : UNLEASED}, queued AS (
        INSERT INTO deliveries (id, event_id, webhook_id, trigger, next_attempt_at, leased_until, lease_token)
        SELECT uuid_v7(), event_id, webhook_id, ${trigger}::delivery_trigger, now(), leased_until, lease_token FROM placed
        RETURNING id, event_id, webhook_id, lease_token IS NOT NULL AS leased
      ), stored AS (
        INSERT INTO events (id, type, user_id, extraction_id, payload, occurred_at, delivery_count)
        SELECT id, type, "userId", "extractionId", payload, "occurredAt", cardinality(webhooks) FROM accepted
        RETURNING id, delivery_count, created_at
      )
      SELECT json_agg(json_build_array(id, delivery_count, created_at))::text AS accepted,
        -- Sent when the transaction commits, to every process that listens, and only once however many rows.
        (SELECT pg_notify(${DELIVERIES_QUEUED_CHANNEL}, concat(${tx ? '' : PROCESS_ID}::text, ' ',
            CASE WHEN count(DISTINCT webhook_id) <= ${MAX_NOTIFIED}::int THEN string_agg(DISTINCT webhook_id::text, ',') END))
          FROM queued WHERE NOT leased HAVING count(*) > 0) IS NULL AS notified,
        (SELECT string_agg(DISTINCT webhook_id::text, ',') FROM queued WHERE NOT leased) AS webhooks,
        (SELECT json_build_object(
          'now', extract(epoch FROM clock_timestamp()) * 1000,
          'deliveries', json_agg(json_build_array(id, event_id, webhook_id)),
          'webhooks', (SELECT json_agg(webhook) FROM (
            SELECT ${WEBHOOK_TO_SEND} FROM webhooks WHERE id IN (SELECT id FROM takers)) webhook)
          )::text FROM queued WHERE leased HAVING count(*) > 0) AS leased
      FROM stored`;
    const [row] = await (tx ? tx.$queryRaw<EnqueueRow[]>(statement) : this.prisma.queryDirectly<EnqueueRow>(statement));
    const stored = JSON.parse(row?.accepted ?? '[]') as [id: string, deliveries: number, createdAt: string][];
    const accepted = new Map(
      stored.map(([id, deliveries, createdAt]) => [id, { id, deliveries, createdAt: new Date(createdAt) }]),
    );
    return {
      webhooks: row?.webhooks?.split(',') ?? [],
      leased: toLeased(row?.leased, events, lease, trigger),
      requests: requests.map(({ events }) => {
        const found = events.flatMap(({ id }) => accepted.get(id) ?? []);
        return found.length === events.length ? found : null;
      }),
    };
  }

  /** Takes due deliveries under a lease, a few of each webhook in turn. */
  async claim(request: ClaimRequest): Promise<Claim> {
    const { from, limit, maxBytes, defaultRoom, leaseMs, leaseToken } = request;
    // One JSON text, with each webhook once, costs a fraction of as many rows and columns. Events are rows of their own:
    // within JSON every character of their payloads would be escaped there and read again here.
    const [row, ...events] = await this.prisma.queryDirectly<ClaimRow | EventToSend>(Prisma.sql`
      WITH RECURSIVE visited AS (
        ${'cursor' in from ? pendingAfter(from.cursor) : listed(from.webhooks)}
      ), ${knownRoom(request)}, ready AS (
        SELECT webhook.id, least(coalesce(known.free, ${defaultRoom}::int), ${PROBE}) AS free, number
        FROM visited
        JOIN webhooks webhook ON webhook.id = visited.webhook_id
        LEFT JOIN known ON known.webhook = webhook.id
        WHERE webhook.active AND (webhook.throttled_until IS NULL OR webhook.throttled_until <= now())
          AND coalesce(known.free, ${defaultRoom}::int) > 0
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
        'now', extract(epoch FROM clock_timestamp()) * 1000,
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
      SELECT NULL, id, type, user_id, extraction_id, payload FROM events WHERE id IN (SELECT event_id FROM leased)`);
    const claim = JSON.parse((row as ClaimRow | undefined)?.claim ?? '{}') as ClaimText;
    return toClaim(claim, events as EventToSend[], limit, leaseToken);
  }

  /**
   * Records attempts: the log's rows, the state of their deliveries and the health of their webhooks, in one statement.
   */
  async settle(attempts: SettledAttempt[]): Promise<Settled> {
    const responses = attempts.map(({ outcome }) => outcome.response);
    const rows = await this.prisma.queryDirectly<{ id: string; failures: number | null }>(Prisma.sql`
      WITH input AS (
        SELECT *, error IS NULL AS success, now() + "nextDelayMs" * interval '1 millisecond' AS next_attempt_at
        FROM ROWS FROM (
          json_to_recordset(${JSON.stringify(attempts.map(toRow))}::json) AS (
            id uuid, "leaseToken" uuid, "webhookUuid" uuid, "eventId" uuid, "userId" text,
            "extractionId" text, event text, url text, trigger delivery_trigger, "scheduleStep" int, attempt int,
            state delivery_state, "nextDelayMs" float8, "pauseMs" float8, gone boolean, "httpStatus" int,
            error text, "durationMs" int, "responseTruncated" boolean, "createdAt" timestamptz),
          unnest(${attempts.map(({ requestHeaders }) => headerLines(requestHeaders))}::text[]),
          unnest(${responses.map((response) => response && headerLines(response.headers))}::text[]),
          unnest(${responses.map((response) => response && response.body)}::text[])
        ) AS attempt(id, "leaseToken", "webhookUuid", "eventId", "userId", "extractionId", event, url,
          trigger, "scheduleStep", attempt, state, "nextDelayMs", "pauseMs", gone, "httpStatus", error, "durationMs",
          "responseTruncated", "createdAt", "requestHeaders", "responseHeaders", "responseBody")
        WHERE ${fewWith(Prisma.sql`id`)}
      ), settled AS (
        UPDATE deliveries SET
          -- A delivery cancelled while it was in flight stays cancelled, and one queued again stays queued; the attempt
          -- was made all the same, and is recorded.
          state = CASE WHEN ${OVERTAKEN} THEN deliveries.state ELSE input.state END,
          next_attempt_at = CASE WHEN ${OVERTAKEN} THEN deliveries.next_attempt_at ELSE input.next_attempt_at END,
          schedule_step = CASE WHEN ${OVERTAKEN} THEN deliveries.schedule_step ELSE input."scheduleStep" + 1 END,
          trigger = CASE WHEN ${OVERTAKEN} THEN deliveries.trigger ELSE 'retry' END,
          attempts = input.attempt, leased_until = NULL, lease_token = NULL
        FROM input WHERE deliveries.event_id = input."eventId" AND deliveries.webhook_id = input."webhookUuid"
          AND deliveries.lease_token = input."leaseToken"
        RETURNING input.*, deliveries.id AS delivery_id, deliveries.next_attempt_at AS due_at
      ), recorded AS (
        INSERT INTO delivery_attempts (id, user_id, webhook_id, delivery_id, event_id, extraction_id, event, url, status,
          http_status, error, duration_ms, attempt, trigger, next_attempt_at, request_headers, response_headers,
          response_body, response_truncated, created_at)
        SELECT id, "userId", "webhookUuid", delivery_id, "eventId", "extractionId", event, url,
          CASE WHEN success THEN 'success' ELSE 'failed' END::attempt_status, "httpStatus", error, "durationMs", attempt,
          trigger, due_at, "requestHeaders", "responseHeaders", "responseBody", coalesce("responseTruncated", false),
          "createdAt"
        FROM settled
      ), health AS (
        SELECT "webhookUuid" AS id, bool_or(success) AS succeeded, coalesce(bool_or(gone), false) AS gone,
          max("pauseMs") AS pause_ms, count(*) AS attempts
        FROM settled GROUP BY "webhookUuid"
      ), changed AS (
        UPDATE webhooks webhook SET
          failing_since = CASE WHEN succeeded THEN NULL ELSE coalesce(failing_since, now()) END,
          consecutive_failures = CASE WHEN succeeded THEN 0 ELSE consecutive_failures + health.attempts END,
          throttle_count = CASE WHEN pause_ms IS NOT NULL OR tripped THEN throttle_count + 1
            WHEN succeeded THEN 0 ELSE throttle_count END,
          throttled_until = CASE
            WHEN pause_ms IS NOT NULL THEN greatest(throttled_until, now() + pause_ms * interval '1 millisecond')
            WHEN tripped THEN now() + interval '1 second' * least(${BREAKER.longestPauseSeconds}::int,
              ${BREAKER.firstPauseSeconds}::int * 2 ^ least(throttle_count, 10))
            ELSE throttled_until END,
          active = active AND NOT (gone OR hopeless),
          updated_at = CASE WHEN active AND (gone OR hopeless) THEN now() ELSE updated_at END,
          disabled_at = CASE WHEN active AND (gone OR hopeless) THEN now() ELSE disabled_at END,
          disabled_reason = CASE
            WHEN active AND gone THEN 'The endpoint answered 410 Gone.'
            WHEN active AND hopeless THEN ${`The endpoint failed for ${DISABLE_AFTER_DAYS} days without one success.`}
            ELSE disabled_reason END
        FROM health CROSS JOIN LATERAL (
          SELECT NOT succeeded AND coalesce(failing_since < now() - ${DISABLE_AFTER_DAYS}::int * interval '1 day', false)
            AS hopeless,
            NOT succeeded AND consecutive_failures + health.attempts >= ${BREAKER.failures}::int
              AND failing_since < now() - ${BREAKER.afterSeconds}::int * interval '1 second'
              AND (throttled_until IS NULL OR throttled_until <= now()) AS tripped
          FROM webhooks WHERE webhooks.id = health.id) verdict
        WHERE webhook.id = health.id AND (NOT succeeded OR pause_ms IS NOT NULL OR gone
          OR failing_since IS NOT NULL OR throttle_count > 0)
        RETURNING webhook.id, consecutive_failures, tripped
      )
      SELECT id, NULL::int AS failures, NULL AS notified FROM input WHERE id NOT IN (SELECT id FROM settled)
      UNION ALL
      -- Every process hands back what waits for the webhook there.
      SELECT id, consecutive_failures, pg_notify(${WEBHOOK_CHANGED_CHANNEL}, id::text)::text FROM changed WHERE tripped`);
    return {
      refused: new Set(rows.flatMap(({ id, failures }) => (failures === null ? id : []))),
      parked: rows.flatMap(({ id, failures }) => (failures === null ? [] : { webhookUuid: id, failures })),
    };
  }

  /** Hands back leases on deliveries that were never sent, so that they are due at once. */
  async release(deliveries: Pick<ClaimedDelivery, 'eventId' | 'webhookUuid' | 'leaseToken'>[]): Promise<void> {
    const leases = JSON.stringify(
      deliveries.map(({ eventId, webhookUuid, leaseToken }) => ({ eventId, webhookUuid, leaseToken })),
    );
    await this.prisma.$executeRaw`
      UPDATE deliveries SET leased_until = NULL, lease_token = NULL
      FROM json_to_recordset(${leases}::json) AS lease("eventId" uuid, "webhookUuid" uuid, "leaseToken" uuid)
      WHERE event_id = "eventId" AND webhook_id = "webhookUuid" AND lease_token = "leaseToken"
        AND ${fewWith(Prisma.sql`"eventId"`)}`;
  }

  /**
   * Cancels what is queued for a webhook that is gone, but for what is leased: it may be in flight.
   *
   * @returns how many are leased
   */
  async cancelByWebhook(webhookUuid: string): Promise<number> {
    const [row] = await this.prisma.$queryRaw<{ leased: number }[]>`
      WITH cancelled AS (
        UPDATE deliveries SET state = 'cancelled', next_attempt_at = NULL
        WHERE webhook_id = ${webhookUuid}::uuid AND state = 'pending' AND (leased_until IS NULL OR leased_until <= now())
      )
      SELECT count(*)::int AS leased FROM deliveries
      WHERE webhook_id = ${webhookUuid}::uuid AND state = 'pending' AND leased_until > now()`;
    return row?.leased ?? 0;
  }

  /** The webhooks that have pending deliveries and no longer exist: a crash came between deleting and cancelling. */
  async findOrphans(): Promise<string[]> {
    const rows = await this.prisma.$queryRaw<{ id: string }[]>`
      WITH RECURSIVE visited AS (
        (SELECT webhook_id FROM deliveries WHERE state = 'pending' ORDER BY webhook_id LIMIT 1)
        UNION ALL
        SELECT (SELECT webhook_id FROM deliveries WHERE state = 'pending' AND webhook_id > visited.webhook_id
                ORDER BY webhook_id LIMIT 1)
        FROM visited WHERE visited.webhook_id IS NOT NULL
      )
      SELECT webhook_id AS id FROM visited
      WHERE webhook_id IS NOT NULL AND NOT EXISTS (SELECT FROM webhooks WHERE id = visited.webhook_id)`;
    return rows.map(({ id }) => id);
  }

  /**
   * Queues a delivery once more, its retry schedule begun anew. One that is pending is brought forward to now.
   *
   * @returns whether there is such a delivery
   */
  async requeue(eventId: string, webhookUuid: string, trigger: DeliveryTrigger): Promise<boolean> {
    const rows = await this.prisma.$queryRaw<unknown[]>`
      UPDATE deliveries SET state = 'pending', trigger = ${trigger}::delivery_trigger, schedule_step = 0, next_attempt_at = now()
      WHERE event_id = ${eventId}::uuid AND webhook_id = ${webhookUuid}::uuid
      RETURNING pg_notify(${DELIVERIES_QUEUED_CHANNEL}, ${queuedNotice([webhookUuid])}) IS NULL AS notified`;
    return rows.length > 0;
  }
}

/** Names the one webhook an event is for, and why it is sent. */
export interface OnlyWebhook {
  webhookUuid: string;
  trigger: DeliveryTrigger;
}

interface EnqueueRow {
  accepted: string | null;
  webhooks: string | null;
  leased: string | null;
}

interface WebhookText {
  id: string;
  url: string;
  secret: string;
  previousSecret: string | null;
  throttleCount: number;
}

/** The first row that the claim's statement brings. Each further one is an event. */
interface ClaimRow {
  claim: string;
}

interface ClaimText {
  now?: number;
  visited?: number;
  picked?: number;
  last?: string | null;
  webhooks?: WebhookText[] | null;
  deliveries?: DeliveryState[] | null;
}

/** What the enqueuing statement says of what it leased. */
interface LeasedText {
  now: number;
  deliveries: [id: string, eventId: string, webhookUuid: string][];
  webhooks: WebhookText[];
}

type EventToSend = Pick<NewEvent, 'id' | 'type' | 'userId' | 'extractionId' | 'payload'>;
type WebhookToSend = Pick<ClaimedDelivery, 'url' | 'secret' | 'previousSecret' | 'throttleCount'>;
type DeliveryState = Pick<ClaimedDelivery, 'id' | 'eventId' | 'webhookUuid' | 'trigger' | 'attempts' | 'scheduleStep'>;

function toClaim(text: ClaimText, rows: readonly EventToSend[], limit: number, leaseToken: string): Claim {
  const { now = Date.now(), visited = 0, picked = 0, last } = text;
  const webhooks = toWebhooks(text.webhooks);
  const events = new Map(rows.map((event) => [event.id, event]));
  const deliveries = (text.deliveries ?? []).flatMap(
    (delivery) => toDelivery(delivery, events, webhooks, leaseToken) ?? [],
  );
  if (picked === limit || picked > deliveries.length) {
    // It was full before the scan's end: the next claim goes on behind the last webhook served.
    const served = deliveries.map(({ webhookUuid }) => webhookUuid).sort();
    return { deliveries, cursor: served.at(-1) ?? FIRST_WEBHOOK, now, full: true };
  }
  return { deliveries, cursor: visited === WEBHOOKS_PER_CLAIM && last ? last : FIRST_WEBHOOK, now, full: false };
}

function toLeased(
  text: string | null | undefined,
  stored: readonly NewEvent[],
  lease: LeaseTerms | undefined,
  trigger: DeliveryTrigger,
): LeasedDeliveries {
  if (!text || !lease) return { deliveries: [], now: 0 };
  const leased = JSON.parse(text) as LeasedText;
  const webhooks = toWebhooks(leased.webhooks);
  const events = new Map(stored.map((event) => [event.id, event]));
  const deliveries = leased.deliveries.flatMap(([id, eventId, webhookUuid]) => {
    const delivery = { id, eventId, webhookUuid, trigger, attempts: 0, scheduleStep: 0 };
    return toDelivery(delivery, events, webhooks, lease.leaseToken) ?? [];
  });
  return { deliveries, now: leased.now };
}

function toWebhooks(texts: readonly WebhookText[] | null | undefined): Map<string, WebhookToSend> {
  return new Map(
    texts?.map(({ id, url, secret, previousSecret, throttleCount }) => [
      id,
      {
        url,
        secret: bytesOf(secret),
        previousSecret: previousSecret === null ? null : bytesOf(previousSecret),
        throttleCount,
      },
    ]),
  );
}

/** Spelled out: spread objects take several times as long to make, and this is done for every delivery. */
function toDelivery(
  delivery: DeliveryState,
  events: ReadonlyMap<string, EventToSend>,
  webhooks: ReadonlyMap<string, WebhookToSend>,
  leaseToken: string,
): ClaimedDelivery | undefined {
  const webhook = webhooks.get(delivery.webhookUuid);
  const event = events.get(delivery.eventId);
  if (!webhook || !event) return undefined;
  return {
    id: delivery.id,
    leaseToken,
    eventId: delivery.eventId,
    eventType: event.type,
    userId: event.userId,
    extractionId: event.extractionId,
    payload: event.payload,
    webhookUuid: delivery.webhookUuid,
    url: webhook.url,
    secret: webhook.secret,
    previousSecret: webhook.previousSecret,
    throttleCount: webhook.throttleCount,
    trigger: delivery.trigger,
    attempts: delivery.attempts,
    scheduleStep: delivery.scheduleStep,
  };
}

function bytesOf(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}

/** What of an event is short. */
function toInput({ id, type, userId, extractionId, occurredAt }: NewEvent, request: number) {
  return { request, id, type, userId, extractionId, occurredAt };
}

/** What of an attempt is short. What is null or false is left out, since PostgreSQL takes time for every field. */
function toRow({ id, delivery, createdAt, outcome, settlement }: SettledAttempt) {
  const { response, error, durationMs } = outcome;
  return {
    id,
    leaseToken: delivery.leaseToken,
    webhookUuid: delivery.webhookUuid,
    eventId: delivery.eventId,
    userId: delivery.userId,
    extractionId: delivery.extractionId,
    event: delivery.eventType,
    url: delivery.url,
    trigger: delivery.trigger,
    scheduleStep: delivery.scheduleStep,
    attempt: delivery.attempts + 1,
    state: settlement.state,
    nextDelayMs: settlement.nextDelayMs ?? undefined,
    pauseMs: settlement.pauseMs ?? undefined,
    gone: settlement.gone || undefined,
    httpStatus: response?.status,
    error: error ?? undefined,
    durationMs,
    responseTruncated: response?.truncated || undefined,
    createdAt,
  };
}
