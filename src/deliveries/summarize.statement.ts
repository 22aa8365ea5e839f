import { uuidV7Floor } from '../common/ids.js';
import { Prisma } from '../generated/prisma/client.js';
import { ALL_WEBHOOKS, COUNTED, SUMMARY_MS, SUMMED } from './statement-parts.js';

/** Fewer attempts have no summary: they are read from the log as fast. Rare attempts of many users would double the table. */
const MIN_ATTEMPTS = 20;

/**
 * Makes the summaries of a period of ten minutes, for each user and webhook with enough attempts.
 *
 * Input: the beginning of the period. Its transaction must hold the lock of `LOCK_STATEMENT`. It reads the attempts of the
 * period once, and replaces the summaries of the period. Attempts that are recorded meanwhile wait for its end only if their
 * period is long over.
 */
export function summarizeStatement(start: Date): Prisma.Sql {
  const [first, end] = [uuidV7Floor(start.getTime()), uuidV7Floor(start.getTime() + SUMMARY_MS)];
  return Prisma.sql`
    WITH counted AS (
      SELECT user_id, webhook_id, duration_ms, ${COUNTED} FROM delivery_attempts
      WHERE id >= ${first}::uuid AND id < ${end}::uuid
      -- Of each webhook, and with a null of each user.
      GROUP BY GROUPING SETS ((user_id, webhook_id, duration_ms), (user_id, duration_ms))
    ), summary AS MATERIALIZED (
      SELECT user_id, coalesce(webhook_id, ${ALL_WEBHOOKS}::uuid) AS webhook_id, ${SUMMED}
      FROM counted GROUP BY user_id, webhook_id HAVING sum(n) >= ${MIN_ATTEMPTS}::int
    ), removed AS (
      DELETE FROM attempt_summaries old WHERE starts_at = ${start}::timestamptz AND NOT EXISTS (
        SELECT FROM summary WHERE summary.user_id = old.user_id AND summary.webhook_id = old.webhook_id)
    )
    INSERT INTO attempt_summaries (user_id, webhook_id, starts_at, attempts, succeeded, durations)
    SELECT user_id, webhook_id, ${start}::timestamptz, attempts, succeeded, durations FROM summary
    ON CONFLICT (user_id, webhook_id, starts_at) DO UPDATE SET attempts = excluded.attempts,
      succeeded = excluded.succeeded, durations = excluded.durations, stale = false`;
}
