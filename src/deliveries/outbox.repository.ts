import { Injectable } from '@nestjs/common';
import { PrismaService, type Transaction } from '../database/prisma.service.js';
import { Prisma, type DeliveryTrigger } from '../generated/prisma/client.js';
import type { AttemptOutcome } from './attempt-outcome.js';
import { DELIVERIES_QUEUED_CHANNEL } from './deliveries-queued.event.js';
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

/** Names a request, so that its repetition does nothing. */
export interface Idempotency {
  publisherId: string;
  key: string;
  /** SHA-256 of the request's meaning, in hex. */
  requestHash: string;
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

export interface ClaimRequest {
  /** The webhook behind which to begin, so that each gets its turn. */
  cursor: string;
  /** How many deliveries at most. */
  limit: number;
  /** How many deliveries at most of each webhook. */
  room: ReadonlyMap<string, number>;
  /** The same for webhooks that `room` does not name. */
  defaultRoom: number;
  leaseMs: number;
  leaseToken: string;
}

export interface Claim {
  deliveries: ClaimedDelivery[];
  /** Where the next claim begins; {@link FIRST_WEBHOOK} when the last webhook was reached. */
  cursor: string;
  /** The database's time, in milliseconds since 1970. */
  now: number;
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

/** Below every webhook's id. */
export const FIRST_WEBHOOK = '00000000-0000-0000-0000-000000000000';

/** How many webhooks one claim looks at, which bounds its cost when most of them have nothing due. */
const WEBHOOKS_PER_CLAIM = 256;

/** A delivery was cancelled or queued again while its attempt was in flight. */
const OVERTAKEN = Prisma.sql`(deliveries.state <> 'pending' OR deliveries.trigger <> input.trigger
  OR deliveries.schedule_step <> input."scheduleStep")`;

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
   * Stores events, each with one delivery for every active webhook of its user that subscribes to it, in one statement:
   * all of it is committed or none.
   *
   * @param only queues for this one webhook instead, subscribed or not
   * @returns null when the idempotency key was used before; nothing was stored then
   */
  async enqueue(
    events: NewEvent[],
    { idempotency, only, tx }: { idempotency?: Idempotency; only?: OnlyWebhook; tx?: Transaction } = {},
  ): Promise<AcceptedEvent[] | null> {
    const { publisherId = null, key = null, requestHash = null } = idempotency ?? {};
    const { webhookUuid = null, trigger = 'event' } = only ?? {};
    const accepted = await (tx ?? this.prisma).$queryRaw<AcceptedEvent[]>`
      WITH input AS (
        SELECT * FROM ROWS FROM (json_to_recordset(${JSON.stringify(events)}::json) AS (
          id uuid, type text, "userId" text, "extractionId" text, payload text, "occurredAt" timestamptz))
        WITH ORDINALITY AS event(id, type, "userId", "extractionId", payload, "occurredAt", position)
      ), named AS (
        INSERT INTO idempotency_keys (publisher_id, key, request_hash, event_ids)
        SELECT ${publisherId}, ${key}, decode(${requestHash}, 'hex'), (SELECT array_agg(id ORDER BY position) FROM input)
        WHERE ${key}::text IS NOT NULL
        ON CONFLICT DO NOTHING
        RETURNING key
      ), accepted AS (
        SELECT * FROM input WHERE ${key}::text IS NULL OR EXISTS (SELECT FROM named)
      ), target AS (
        SELECT accepted.id AS event_id, webhook.id AS webhook_id
        FROM accepted JOIN webhooks webhook ON webhook.user_id = accepted."userId"
        WHERE CASE WHEN ${webhookUuid}::uuid IS NULL THEN webhook.active AND accepted.type = ANY (webhook.events)
                   ELSE webhook.id = ${webhookUuid}::uuid END
      ), queued AS (
        INSERT INTO deliveries (id, event_id, webhook_id, trigger, next_attempt_at)
        SELECT uuid_v7(), event_id, webhook_id, ${trigger}::delivery_trigger, now() FROM target
      )
      INSERT INTO events (id, type, user_id, extraction_id, payload, occurred_at, delivery_count)
      SELECT id, type, "userId", "extractionId", payload, "occurredAt", coalesce(deliveries, 0)
      FROM accepted
      LEFT JOIN (SELECT event_id, count(*) AS deliveries FROM target GROUP BY event_id) counted ON event_id = id
      RETURNING id, delivery_count AS deliveries, created_at AS "createdAt",
        -- Sent when the transaction commits, to every process that listens, and only once however many rows.
        pg_notify(${DELIVERIES_QUEUED_CHANNEL}, '') IS NULL AS notified`;
    return accepted.length === 0 ? null : accepted;
  }

  /**
   * Takes due deliveries under a lease, a few of each webhook in turn. A loose index scan finds the webhooks, since one
   * may have half of all rows and must not hide the others.
   */
  async claim(request: ClaimRequest): Promise<Claim> {
    const { cursor, limit, room, defaultRoom, leaseMs, leaseToken } = request;
    const known = JSON.stringify([...room].map(([webhook, free]) => ({ webhook, free })));
    const rows = await this.prisma.$queryRaw<ClaimRow[]>`
      WITH RECURSIVE visited AS (
        (SELECT webhook_id, next_attempt_at, 1 AS number FROM deliveries
         WHERE state = 'pending' AND webhook_id > ${cursor}::uuid
         ORDER BY webhook_id, next_attempt_at LIMIT 1)
        UNION ALL
        SELECT following.webhook_id, following.next_attempt_at, number + 1
        FROM visited CROSS JOIN LATERAL (
          SELECT webhook_id, next_attempt_at FROM deliveries
          WHERE state = 'pending' AND webhook_id > visited.webhook_id
          ORDER BY webhook_id, next_attempt_at LIMIT 1) following
        WHERE number < ${WEBHOOKS_PER_CLAIM}
      ), known AS (
        SELECT * FROM json_to_recordset(${known}::json) AS known(webhook uuid, free int)
      ), ready AS (
        SELECT webhook.id, coalesce(known.free, ${defaultRoom}::int) AS free
        FROM visited
        JOIN webhooks webhook ON webhook.id = visited.webhook_id
        LEFT JOIN known ON known.webhook = webhook.id
        WHERE visited.next_attempt_at <= now() AND webhook.active
          AND (webhook.throttled_until IS NULL OR webhook.throttled_until <= now())
          AND coalesce(known.free, ${defaultRoom}::int) > 0
        ORDER BY webhook.id
      ), picked AS (
        SELECT due.id FROM ready CROSS JOIN LATERAL (
          SELECT id FROM deliveries
          WHERE webhook_id = ready.id AND state = 'pending' AND next_attempt_at <= now()
            AND (leased_until IS NULL OR leased_until <= now())
          ORDER BY next_attempt_at
          LIMIT ready.free
          FOR UPDATE SKIP LOCKED) due
        LIMIT ${limit}::int
      ), leased AS (
        UPDATE deliveries SET
          leased_until = now() + ${leaseMs}::int * interval '1 millisecond', lease_token = ${leaseToken}::uuid
        FROM picked WHERE deliveries.id = picked.id
        RETURNING deliveries.*
      )
      SELECT
        leased.id, leased.event_id AS "eventId", event.type AS "eventType", event.user_id AS "userId",
        event.extraction_id AS "extractionId", event.payload, webhook.id AS "webhookUuid", webhook.url, webhook.secret,
        CASE WHEN webhook.previous_secret_expires_at > now() THEN webhook.previous_secret END AS "previousSecret",
        webhook.throttle_count AS "throttleCount", leased.trigger::text AS trigger, leased.attempts,
        leased.schedule_step AS "scheduleStep", progress.last, progress.count, progress.now
      FROM (
        SELECT (SELECT webhook_id FROM visited ORDER BY webhook_id DESC LIMIT 1) AS last,
          (SELECT count(*)::int FROM visited) AS count,
          (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now
      ) progress
      LEFT JOIN (leased JOIN events event ON event.id = leased.event_id JOIN webhooks webhook ON webhook.id = leased.webhook_id)
        ON true`;
    return toClaim(rows, limit, leaseToken);
  }

  /**
   * Records attempts: the log's rows, the state of their deliveries and the health of their webhooks, in one statement.
   *
   * @returns the ids of the attempts recorded; one is missing when its delivery's lease had been lost to another claim
   */
  async settle(attempts: SettledAttempt[]): Promise<Set<string>> {
    const recorded = await this.prisma.$queryRaw<{ id: string }[]>`
      WITH input AS (
        SELECT *, now() + "nextDelayMs" * interval '1 millisecond' AS next_attempt_at
        FROM json_to_recordset(${JSON.stringify(attempts.map(toRow))}::json) AS attempt(
          id uuid, "deliveryId" uuid, "leaseToken" uuid, "webhookUuid" uuid, "eventId" uuid, "userId" text,
          "extractionId" text, event text, url text, trigger delivery_trigger, "scheduleStep" int, attempt int, state delivery_state,
          "nextDelayMs" float8, "pauseMs" float8, gone boolean, success boolean, "httpStatus" int, error text,
          "durationMs" int, "requestHeaders" json, "responseHeaders" json, "responseBody" text,
          "responseTruncated" boolean, "createdAt" timestamptz)
      ), settled AS (
        UPDATE deliveries SET
          -- A delivery cancelled while it was in flight stays cancelled, and one queued again stays queued; the attempt
          -- was made all the same, and is recorded.
          state = CASE WHEN ${OVERTAKEN} THEN deliveries.state ELSE input.state END,
          next_attempt_at = CASE WHEN ${OVERTAKEN} THEN deliveries.next_attempt_at ELSE input.next_attempt_at END,
          schedule_step = CASE WHEN ${OVERTAKEN} THEN deliveries.schedule_step ELSE input."scheduleStep" + 1 END,
          trigger = CASE WHEN ${OVERTAKEN} THEN deliveries.trigger ELSE 'retry' END,
          attempts = input.attempt, leased_until = NULL, lease_token = NULL
        FROM input WHERE deliveries.id = input."deliveryId" AND deliveries.lease_token = input."leaseToken"
        RETURNING deliveries.id, deliveries.next_attempt_at
      ), recorded AS (
        INSERT INTO delivery_attempts (id, user_id, webhook_id, delivery_id, event_id, extraction_id, event, url, status,
          http_status, error, duration_ms, attempt, trigger, next_attempt_at, request_headers, response_headers,
          response_body, response_truncated, created_at)
        SELECT input.id, "userId", "webhookUuid", "deliveryId", "eventId", "extractionId", event, url,
          CASE WHEN success THEN 'success' ELSE 'failed' END::attempt_status, "httpStatus", error, "durationMs", attempt,
          trigger, settled.next_attempt_at, "requestHeaders", "responseHeaders", "responseBody", "responseTruncated",
          "createdAt"
        FROM input JOIN settled ON settled.id = input."deliveryId"
        RETURNING id
      ), health AS (
        SELECT "webhookUuid" AS id, bool_or(success) AS succeeded, bool_or(gone) AS gone, max("pauseMs") AS pause_ms
        FROM input JOIN settled ON settled.id = input."deliveryId" GROUP BY "webhookUuid"
      ), changed AS (
        UPDATE webhooks webhook SET
          failing_since = CASE WHEN succeeded THEN NULL ELSE coalesce(failing_since, now()) END,
          throttle_count = CASE WHEN pause_ms IS NOT NULL THEN throttle_count + 1 WHEN succeeded THEN 0 ELSE throttle_count END,
          throttled_until = CASE WHEN pause_ms IS NOT NULL
            THEN greatest(throttled_until, now() + pause_ms * interval '1 millisecond') ELSE throttled_until END,
          active = active AND NOT (gone OR hopeless),
          updated_at = CASE WHEN active AND (gone OR hopeless) THEN now() ELSE updated_at END,
          disabled_at = CASE WHEN active AND (gone OR hopeless) THEN now() ELSE disabled_at END,
          disabled_reason = CASE
            WHEN active AND gone THEN 'The endpoint answered 410 Gone.'
            WHEN active AND hopeless THEN ${`The endpoint failed for ${DISABLE_AFTER_DAYS} days without one success.`}
            ELSE disabled_reason END
        FROM health CROSS JOIN LATERAL (
          SELECT NOT succeeded AND coalesce(failing_since < now() - ${DISABLE_AFTER_DAYS}::int * interval '1 day', false)
            AS hopeless FROM webhooks WHERE webhooks.id = health.id) verdict
        WHERE webhook.id = health.id AND (
          pause_ms IS NOT NULL OR gone OR hopeless
          OR CASE WHEN succeeded THEN failing_since IS NOT NULL OR throttle_count > 0 ELSE failing_since IS NULL END)
      )
      SELECT id FROM recorded`;
    return new Set(recorded.map(({ id }) => id));
  }

  /** Hands back leases on deliveries that were never sent, so that they are due at once. */
  async release(deliveries: Pick<ClaimedDelivery, 'id' | 'leaseToken'>[]): Promise<void> {
    const leases = JSON.stringify(deliveries.map(({ id, leaseToken }) => ({ id, token: leaseToken })));
    await this.prisma.$executeRaw`
      UPDATE deliveries SET leased_until = NULL, lease_token = NULL
      FROM json_to_recordset(${leases}::json) AS lease(id uuid, token uuid)
      WHERE deliveries.id = lease.id AND lease_token = lease.token`;
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
  async requeue(deliveryId: string, trigger: DeliveryTrigger): Promise<boolean> {
    const rows = await this.prisma.$queryRaw<unknown[]>`
      UPDATE deliveries SET state = 'pending', trigger = ${trigger}::delivery_trigger, schedule_step = 0, next_attempt_at = now()
      WHERE id = ${deliveryId}::uuid
      RETURNING pg_notify(${DELIVERIES_QUEUED_CHANNEL}, '') IS NULL AS notified`;
    return rows.length > 0;
  }
}

/** Names the one webhook an event is for, and why it is sent. */
export interface OnlyWebhook {
  webhookUuid: string;
  trigger: DeliveryTrigger;
}

/** A row of the claim: a delivery, or nulls when nothing was due, with how far the scan came. */
type ClaimRow = Omit<ClaimedDelivery, 'leaseToken' | 'id'> & {
  id: string | null;
  last: string | null;
  count: number;
  now: number;
};

function toClaim(rows: ClaimRow[], limit: number, leaseToken: string): Claim {
  const deliveries = rows.flatMap(({ id, ...row }) => (id === null ? [] : [{ ...row, id, leaseToken }]));
  const { last = null, count = 0, now = Date.now() } = rows[0] ?? {};
  if (deliveries.length === limit) {
    // The slots were full before the scan's end: the next claim goes on behind the last webhook served.
    const served = deliveries.map(({ webhookUuid }) => webhookUuid).sort();
    return { deliveries, cursor: served.at(-1) ?? FIRST_WEBHOOK, now };
  }
  return { deliveries, cursor: count === WEBHOOKS_PER_CLAIM && last !== null ? last : FIRST_WEBHOOK, now };
}

function toRow({ id, delivery, createdAt, requestHeaders, outcome, settlement }: SettledAttempt) {
  const { response, error, durationMs } = outcome;
  return {
    id,
    deliveryId: delivery.id,
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
    ...settlement,
    success: error === null,
    httpStatus: response?.status ?? null,
    error,
    durationMs,
    requestHeaders,
    responseHeaders: response?.headers ?? null,
    responseBody: response?.body ?? null,
    responseTruncated: response?.truncated ?? false,
    createdAt,
  };
}
