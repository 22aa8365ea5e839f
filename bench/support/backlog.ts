import type { DatabaseSession } from '../../src/database/database-session.js';
import { SAMPLE_BODY } from './events.js';

/** Deliveries that are pending before the server starts. All events of a chunk have the same webhooks. */
export interface Backlog {
  /** The user of the events. */
  userId: string;
  chunks: number;
  eventsPerChunk: number;
  /** The webhooks of a chunk. Each of its events has one delivery for each of them. */
  webhooksOf(chunk: number): PendingWebhook[];
}

interface PendingWebhook {
  uuid: string;
  /** The due time of its deliveries, in hours from now. A delivery that is not due yet waits for its first retry. */
  dueInHours: number;
}

/** Inserts events and their pending deliveries, with one statement per chunk. */
export async function fillBacklog(session: DatabaseSession, backlog: Backlog): Promise<void> {
  for (let chunk = 0; chunk < backlog.chunks; chunk += 1) {
    const webhooks = backlog.webhooksOf(chunk);
    await session.query(
      `WITH made AS (
         INSERT INTO events (id, type, user_id, extraction_id, payload, occurred_at, delivery_count)
         SELECT uuid_v7(), 'extraction.completed', $1, 'waiting-' || number, $2, now(), $4
         FROM generate_series($3::int, $3::int + $5::int - 1) AS number
         RETURNING id
       )
       INSERT INTO deliveries (id, event_id, webhook_id, trigger, attempts, schedule_step, next_attempt_at)
       SELECT uuid_v7(), made.id, webhook.uuid, (CASE WHEN hours > 0 THEN 'retry' ELSE 'event' END)::delivery_trigger,
         sign(hours), sign(hours), now() + hours * interval '1 hour'
       FROM made CROSS JOIN unnest($6::uuid[], $7::float8[]) AS webhook(uuid, hours)`,
      [
        backlog.userId,
        SAMPLE_BODY,
        chunk * backlog.eventsPerChunk,
        webhooks.length,
        backlog.eventsPerChunk,
        webhooks.map(({ uuid }) => uuid),
        webhooks.map(({ dueInHours }) => dueInHours),
      ],
    );
  }
}

/** Old attempts in the log. */
export interface History {
  attempts: number;
  /** Every fifth attempt belongs to this user, the others to 500 users. */
  userId: string;
  /** The user's webhook. */
  webhookUuid: string;
  /** The attempts are spread evenly over this many days before now. It is less than the retention, which removes older ones. */
  days: number;
}

const ROWS_A_STATEMENT = 100_000;

/** Inserts attempts into the log, with headers as long as real ones. One of nineteen failed. */
export async function fillHistory(session: DatabaseSession, history: History): Promise<void> {
  for (let first = 0; first < history.attempts; first += ROWS_A_STATEMENT) {
    const last = Math.min(first + ROWS_A_STATEMENT, history.attempts) - 1;
    await session.query(INSERT_ATTEMPTS, [
      first,
      last,
      history.userId,
      history.webhookUuid,
      (history.days * 86_400_000) / history.attempts,
      history.days,
    ]);
  }
}

const INSERT_ATTEMPTS = `
  INSERT INTO delivery_attempts (id, user_id, webhook_id, delivery_id, event_id, extraction_id, event, url, status,
    http_status, error, outcome, duration_ms, attempt, trigger, request_headers, response_headers, response_body,
    response_truncated, created_at)
  SELECT uuid_v7(at), user_id, webhook_id, delivery_id, gen_random_uuid(), 'extract-' || number, 'extraction.completed',
    'https://receiver.example/webhooks/docmap', (CASE WHEN failed THEN 'failed' ELSE 'success' END)::attempt_status,
    CASE WHEN failed THEN 500 ELSE 204 END, CASE WHEN failed THEN 'HTTP 500' END,
    CASE WHEN failed THEN 6500 ELSE 204 END, 42, 1, 'event',
    concat_ws(E'\\n', 'accept: */*', 'accept-encoding: identity', 'content-type: application/json',
      'user-agent: DocMap-Webhooks/0.1.0', 'webhook-id: ' || delivery_id,
      'webhook-timestamp: ' || floor(extract(epoch FROM at)),
      'webhook-signature: v1,' || encode(sha256(number::text::bytea), 'base64'),
      'x-docmap-signature: sha256=' || encode(sha256(number::text::bytea), 'hex'),
      'x-docmap-event: extraction.completed', 'x-docmap-delivery: ' || delivery_id, 'x-docmap-attempt: 1'),
    E'date: Mon, 20 Jan 2025 14:30:04 GMT\\nconnection: keep-alive\\nkeep-alive: timeout=60', '', false, at
  FROM generate_series($1::int, $2::int) AS number
  CROSS JOIN LATERAL (SELECT
    now() - $6::int * interval '1 day' + number * $5::float8 * interval '1 millisecond' AS at,
    CASE WHEN number % 5 = 0 THEN $3 ELSE 'uid_other_' || number % 500 END AS user_id,
    CASE WHEN number % 5 = 0 THEN $4::uuid ELSE md5((number % 500)::text)::uuid END AS webhook_id,
    gen_random_uuid() AS delivery_id,
    number % 19 = 0 AS failed) AS attempt`;

/** Does the work of autovacuum, and a checkpoint if the role may run one. */
export async function settleDown(session: DatabaseSession): Promise<void> {
  await session.script('VACUUM (ANALYZE)');
  await session.script('CHECKPOINT').catch(() => undefined);
}
