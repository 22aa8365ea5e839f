import { Prisma } from '../generated/prisma/client.js';
import { OPERATIONAL_WORDS, TEST_EVENT } from '../webhooks/event-patterns.js';
import { sealedAuthOf } from '../webhooks/sealed-auth.js';
import { sealedOf } from '../webhooks/sealed-headers.js';
import type { WebhookAuth } from '../webhooks/webhook-auth.js';
import { NO_METADATA, type WebhookMetadata } from '../webhooks/webhook-metadata.js';
import type { LeasedDelivery, LeaseRequest, NewEvent, Permit } from './outbox.types.js';

/**
 * A condition that is true for every uuid. The planner has no statistics for it and expects one row of input: it looks each
 * row up in an index. Without the condition it expects ten or a hundred rows, and reads small tables as a whole. It keeps
 * that plan when the tables have grown. Until the next ANALYZE, every settlement would read all deliveries.
 */
export function fewWith(uuid: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`length(${uuid}::text) = 36`;
}

/** Whether a webhook is not paused ("Webhook health" in docs/architecture.md). */
export const NOT_PAUSED = Prisma.sql`(throttled_until IS NULL OR throttled_until <= now())`;

/** Whether no process has leased a delivery. */
export const NOT_LEASED = Prisma.sql`(leased_until IS NULL OR leased_until <= now())`;

/**
 * Whether a delivery is pending that is found by its primary key. The form of the condition keeps the planner from the indexes of
 * pending deliveries. Without statistics it prefers them, and reads all pending deliveries of the webhook for each row. A webhook
 * with ordering and 10,000 deliveries then got 100 per second instead of 4,000. The webhook of the key must come from a row, too:
 * with a parameter, the planner may read the whole primary key for the webhook.
 */
export function isPending(delivery: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`${delivery}.state::text = 'pending'`;
}

/**
 * The first pending delivery of an ordering key: at most one row with the columns below.
 *
 * It is the first row of the index at or after the key, if it has this key. With an equality instead, and without
 * statistics, the planner may read all pending deliveries of the webhook from another index, for each row. OFFSET keeps the
 * equalities from the statement around it, for the same reason.
 *
 * @param webhookUuid and `key`: expressions. No row if one of them is null
 * @param except the event of a delivery that does not count
 */
export function firstInOrder(webhookUuid: Prisma.Sql, key: Prisma.Sql, except?: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT event_id, webhook_id, ordered_at, leased_until FROM (
      SELECT event_id, webhook_id, ordering_key, ordered_at, leased_until FROM deliveries in_order
      WHERE state = 'pending' AND ordering_key IS NOT NULL AND (webhook_id, ordering_key) >= (${webhookUuid}, ${key})
        ${except ? Prisma.sql`AND event_id <> ${except}` : Prisma.empty}
      ORDER BY webhook_id, ordering_key, ordered_at, event_id LIMIT 1) at_or_after
    WHERE at_or_after.webhook_id = ${webhookUuid} AND at_or_after.ordering_key = ${key} OFFSET 0`;
}

/**
 * The due time of a delivery that is queued again: now, or the end of the lease of another delivery of its extraction. Only the first
 * pending delivery of an ordered extraction can be leased. When that delivery ends, its settlement makes the next one due at once
 * (`DUE_NEXT`).
 *
 * @param queued the table of the delivery, with its `event_id`, `webhook_id` and `ordering_key`
 */
export function afterSent(queued: Prisma.Sql): Prisma.Sql {
  const first = firstInOrder(
    Prisma.sql`${queued}.webhook_id`,
    Prisma.sql`${queued}.ordering_key`,
    Prisma.sql`${queued}.event_id`,
  );
  return Prisma.sql`greatest(now(), (SELECT leased_until FROM (${first}) sent))`;
}

/**
 * The first webhooks with pending deliveries after a webhook, with their numbers from 1: the text of a recursive query named
 * `visited`. A loose index scan skips the rows of a webhook, which may be half of all rows.
 */
export function pendingAfter(webhookUuid: string, limit: number): Prisma.Sql {
  return Prisma.sql`
    (SELECT webhook_id, 1 AS number FROM deliveries
     WHERE state = 'pending' AND webhook_id > ${webhookUuid}::uuid
     ORDER BY webhook_id LIMIT 1)
    UNION ALL
    SELECT following.webhook_id, number + 1
    FROM visited CROSS JOIN LATERAL (
      SELECT webhook_id FROM deliveries
      WHERE state = 'pending' AND webhook_id > visited.webhook_id
      ORDER BY webhook_id LIMIT 1) following
    WHERE number < ${limit}::int`;
}

/** The limit of a half-open webhook: one delivery. The others follow after its success. */
export const PROBE = Prisma.sql`CASE WHEN webhook.throttle_count > 0 THEN 1 END`;

/** The columns of a webhook that sending needs. */
export const WEBHOOK_TO_SEND = Prisma.sql`id, url, encode(secret, 'hex') AS secret, throttle_count AS "throttleCount",
  encode(CASE WHEN previous_secret_expires_at > now() THEN previous_secret END, 'hex') AS "previousSecret", metadata, headers,
  encode(headers_key, 'hex') AS "headersKey", timeout_ms AS "timeoutMs", nullif(retry_schedule, '{}') AS "retrySchedule",
  ordering = 'extraction' AS "isOrdered", public_key IS NOT NULL AS "isEd25519",
  auth, encode(auth_key, 'hex') AS "authKey"`;

/** Whether the names and patterns of a webhook match a type: `subscriptionsTo` of `webhooks/event-patterns.ts`, in SQL. */
export function subscribes(names: Prisma.Sql, type: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(${type} <> ${TEST_EVENT} AND EXISTS (SELECT FROM unnest(${names}) AS name WHERE name = ${type}
    OR (name = '*' AND split_part(${type}, '.', 1) <> ALL (${[...OPERATIONAL_WORDS]}::text[]))
    OR (name LIKE '%_.*' AND starts_with(${type}, left(name, -1)))))`;
}

/** `deliveryIdOf` of `common/ids.ts`, in SQL. */
export function deliveryId(eventId: Prisma.Sql, webhookUuid: Prisma.Sql): Prisma.Sql {
  const digest = Prisma.sql`substr(encode(sha256((${eventId}::text || ${webhookUuid}::text)::bytea), 'hex'), 13, 20)`;
  const rest = Prisma.sql`overlay(overlay(${digest} PLACING '8' FROM 1 FOR 1) PLACING 'a' FROM 5 FOR 1)`;
  return Prisma.sql`(left(${eventId}::text, 14) || ${rest})::uuid`;
}

/** The time in a uuid of version 7, as its first 12 digits. */
export function uuidTime(time: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`lpad(to_hex((extract(epoch FROM ${time}) * 1000)::bigint), 12, '0')`;
}

/** The database's time, in milliseconds since 1970. */
export const CLOCK = Prisma.sql`extract(epoch FROM clock_timestamp()) * 1000`;

/** A table of the webhooks in `demand`, each with its demand. */
export function knownDemand({ demand }: LeaseRequest): Prisma.Sql {
  const known = JSON.stringify([...demand].map(([webhook, wanted]) => ({ webhook, wanted })));
  return Prisma.sql`known AS (SELECT * FROM json_to_recordset(${known}::json) AS known(webhook uuid, wanted int))`;
}

/**
 * An array in PostgreSQL's text form, of values without quotes: numbers, booleans, uuids, names of enums, traces. Both sides parse it
 * in a fraction of the time that JSON takes ("Effective changes" in docs/performance.md).
 */
export function plainArray(values: readonly (string | number | boolean | null)[]): string {
  return `{${(values.includes(null) ? values.map((value) => value ?? 'NULL') : values).join()}}`;
}

/** The columns of {@link WEBHOOK_TO_SEND}, as JSON. */
export interface WebhookText {
  id: string;
  url: string;
  secret: string;
  previousSecret: string | null;
  throttleCount: number;
  metadata: WebhookMetadata | null;
  isOrdered: boolean;
  isEd25519: boolean;
  headers: Record<string, string> | null;
  headersKey: string | null;
  auth: WebhookAuth | null;
  authKey: string | null;
  timeoutMs: number | null;
  retrySchedule: string[] | null;
}

export type EventToSend = Pick<NewEvent, 'id' | 'type' | 'userId' | 'extractionId' | 'payload' | 'traceparent'>;
export type WebhookToSend = Pick<
  LeasedDelivery,
  | 'url'
  | 'secret'
  | 'previousSecret'
  | 'throttleCount'
  | 'metadata'
  | 'headers'
  | 'auth'
  | 'timeoutMs'
  | 'retrySchedule'
  | 'isOrdered'
  | 'isEd25519'
>;
export type DeliveryToSend = Pick<LeasedDelivery, 'id' | 'webhookUuid' | 'trigger' | 'attempts' | 'scheduleStep'>;

export function toWebhooks(texts: readonly WebhookText[] | null | undefined): Map<string, WebhookToSend> {
  return new Map(
    texts?.map(({ id, secret, previousSecret, metadata, headers, headersKey, auth, authKey, ...rest }) => [
      id,
      {
        ...rest,
        secret: bytesOf(secret),
        previousSecret: previousSecret === null ? null : bytesOf(previousSecret),
        metadata: metadata ?? NO_METADATA,
        headers: headersKey === null ? null : sealedOf(headers, bytesOf(headersKey)),
        auth: authKey === null ? null : sealedAuthOf(auth, bytesOf(authKey)),
      },
    ]),
  );
}

/** Runs for every delivery. It names each field, because spreading objects takes several times as long. */
export function toDelivery(
  delivery: DeliveryToSend,
  event: EventToSend,
  webhook: WebhookToSend,
  leaseToken: string,
  permit: Permit | null = null,
): LeasedDelivery {
  return {
    id: delivery.id,
    leaseToken,
    eventId: event.id,
    eventType: event.type,
    userId: event.userId,
    extractionId: event.extractionId,
    payload: event.payload,
    traceparent: event.traceparent,
    webhookUuid: delivery.webhookUuid,
    url: webhook.url,
    secret: webhook.secret,
    previousSecret: webhook.previousSecret,
    throttleCount: webhook.throttleCount,
    metadata: webhook.metadata,
    isOrdered: webhook.isOrdered,
    isEd25519: webhook.isEd25519,
    permit,
    headers: webhook.headers,
    auth: webhook.auth,
    timeoutMs: webhook.timeoutMs,
    retrySchedule: webhook.retrySchedule,
    trigger: delivery.trigger,
    attempts: delivery.attempts,
    scheduleStep: delivery.scheduleStep,
  };
}

function bytesOf(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}
