import { deliveryIdOf, uuidV7Floor } from '../../../src/common/ids.js';
import type { Session } from './session.js';

/** The rows of the log. */
export const ATTEMPTS = 5_000_000;
const ROWS_PER_STATEMENT = 500_000;

/** The user with most of the rows. Every tenth row belongs to one of 500 other users. */
export const BIG_USER = 'uid_big';
/** A user with 50 rows, all older than the rows of the others. */
export const QUIET_USER = 'uid_quiet';
/** The webhook with most of the big user's rows. */
export const BUSY_WEBHOOK = webhookOf(0);
/** A webhook of the big user with 50 rows, the oldest ones. */
export const RARE_WEBHOOK = webhookOf(1);

/** The time of the first row. The rows have a distance of a millisecond. */
const BEGIN = Date.UTC(2026, 0, 1);
/** The time of the row in the middle. */
export const MIDDLE = BEGIN + ATTEMPTS / 2;
export const RARE_DELIVERY = deliveryIdOf(uuidV7Floor(BEGIN + 120), RARE_WEBHOOK);

function webhookOf(number: number): string {
  return `0f0f0f0f-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/**
 * A log in which each value of a filter that is rare has fifty rows, older than all others. A list that does not read them from
 * an index reads millions of rows before it finds them.
 */
export async function fillLargeLog(session: Session): Promise<void> {
  const indexes = await session.query<{ name: string; definition: string }>(`
    SELECT indexname AS name, indexdef AS definition FROM pg_indexes
    WHERE tablename = 'delivery_attempts' AND indexname <> 'delivery_attempts_pkey'`);
  // One index is faster built than filled. Without a write-ahead log, the rows take half the time.
  await session.script('ALTER TABLE delivery_attempts SET UNLOGGED');
  // There are no summaries that could become stale.
  await session.script('ALTER TABLE delivery_attempts DISABLE TRIGGER USER');
  for (const { name } of indexes) await session.script(`DROP INDEX ${name}`);
  for (let first = 0; first < ATTEMPTS; first += ROWS_PER_STATEMENT) {
    await session.query(INSERT, [first, first + ROWS_PER_STATEMENT - 1]);
  }
  await session.script(`SET maintenance_work_mem = '512MB'`);
  for (const { definition } of indexes) await session.script(definition);
  await session.script('ANALYZE delivery_attempts');
}

/** A kind of failure of one in a hundred rows, and of the fifty rows that begin at a number. */
const failure = (first: number, remainder: number): string =>
  `(number BETWEEN ${first} AND ${first + 49} OR number % 1000 = ${remainder})`;
const rare = (first: number): string => `number BETWEEN ${first} AND ${first + 49}`;

const INSERT = `
  INSERT INTO delivery_attempts (id, user_id, webhook_id, delivery_id, event_id, extraction_id, event, url, status, http_status,
    error, outcome, duration_ms, attempt, trigger, request_headers, response_truncated, created_at)
  SELECT
    (lpad(to_hex(${BEGIN} + number), 12, '0') || '7000' || '8000' || lpad(to_hex(number), 12, '0'))::uuid,
    CASE WHEN ${rare(0)} THEN '${QUIET_USER}' WHEN number % 10 = 0 AND number > 1000 THEN 'uid_' || number % 5000
      ELSE '${BIG_USER}' END,
    CASE WHEN ${rare(100)} THEN '${RARE_WEBHOOK}' WHEN number % 100 = 99 THEN '0f0f0f0f-0000-4000-8000-' || lpad((number % 1000)::text, 12, '0')
      ELSE '${BUSY_WEBHOOK}' END::uuid,
    CASE WHEN ${rare(100)} THEN '${RARE_DELIVERY}'
      ELSE lpad(to_hex(${BEGIN} + number), 12, '0') || '8000' || 'a000' || lpad(to_hex(number), 12, '0') END::uuid,
    (lpad(to_hex(${BEGIN} + number), 12, '0') || '7000' || '8000' || lpad(to_hex(number), 12, '0'))::uuid,
    'extract-' || number / 4,
    CASE WHEN ${rare(200)} THEN 'webhook.test' WHEN number % 30 = 1 THEN 'extraction.failed' ELSE 'extraction.completed' END,
    'https://receiver.example/', (CASE WHEN outcome < 1000 THEN 'success' ELSE 'failed' END)::attempt_status,
    nullif(outcome % 1000, 0), CASE WHEN outcome < 1000 THEN NULL WHEN outcome % 1000 = 0 THEN 'connection failed' ELSE 'HTTP' END,
    outcome, 42, 1, (CASE WHEN ${rare(300)} THEN 'resend' WHEN number % 40 = 2 THEN 'retry' ELSE 'event' END)::delivery_trigger, '',
    false, to_timestamp((${BEGIN} + number) / 1000.0)
  FROM (SELECT number, CASE
      WHEN ${rare(400)} THEN 204
      WHEN ${rare(500)} THEN 2000
      WHEN ${rare(600)} THEN 6418
      WHEN ${failure(700, 17)} THEN 1000
      WHEN ${failure(800, 27)} THEN 3000
      WHEN ${failure(900, 37)} THEN 6503
      WHEN number % 100 = 47 THEN 6500
      ELSE 200 END AS outcome
    FROM generate_series($1::bigint, $2::bigint) number) made`;
