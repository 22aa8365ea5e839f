import { Prisma } from '../generated/prisma/client.js';
import { kindsOf, ofKindBetween } from './listing.statement.js';
import { ALL_WEBHOOKS, COUNTED, floorIdOf, SUMMARY_MS, SUMMARY_PERIOD, SUMMED } from './statement-parts.js';

/** The attempts to count: of a user, or of one of the user's webhooks. */
export interface AttemptsOf {
  userId: string;
  webhookUuid?: string;
}

/** Higher than every uuid of version 7. */
const LAST_ATTEMPT = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * Counts attempts since a time, by duration.
 *
 * Input: the user or webhook, and the time. Output: parts, each of ten minutes or less within one hour, or of the rest of an
 * hour. It takes no locks. It reads the summaries of the period, and the log for the gaps between them. Both are of one
 * moment, so the result is that of the log alone. It reads no attempts of other users, or of other webhooks.
 */
export function statisticsOf(whose: AttemptsOf, since: Date): Prisma.Sql {
  const { userId, webhookUuid } = whose;
  const first = new Date(Math.ceil(since.getTime() / SUMMARY_MS) * SUMMARY_MS);
  return Prisma.sql`
    WITH RECURSIVE stored AS MATERIALIZED (
      SELECT starts_at, attempts, succeeded, durations FROM attempt_summaries
      WHERE user_id = ${userId} AND webhook_id = ${webhookUuid ?? ALL_WEBHOOKS}::uuid AND starts_at >= ${first} AND NOT stale
    ), gap AS MATERIALIZED (
      SELECT ${floorIdOf(Prisma.sql`from_at`)} AS first_id,
        CASE WHEN to_at IS NULL THEN ${LAST_ATTEMPT}::uuid ELSE ${floorIdOf(Prisma.sql`to_at`)} END AS end_id
      FROM (
        SELECT lag(ends_at, 1, ${since}::timestamptz) OVER (ORDER BY to_at NULLS LAST) AS from_at, to_at
        FROM (SELECT starts_at AS to_at, starts_at + ${SUMMARY_PERIOD} AS ends_at FROM stored
          UNION ALL SELECT NULL::timestamptz, NULL::timestamptz) bound) bounded
      WHERE to_at IS NULL OR from_at < to_at
    ), ${attemptsInGaps(whose)}, counted AS (
      SELECT date_bin('1 hour', created_at, 'epoch') AS at, duration_ms, ${COUNTED} FROM attempt GROUP BY 1, 2
    )
    SELECT starts_at AS at, attempts, succeeded, durations FROM stored
    UNION ALL
    SELECT at, ${SUMMED} FROM counted GROUP BY at
    ORDER BY at`;
}

/**
 * A query named `attempt`: the attempts in the rows of `gap`. They are read by kind. For the attempts of a user in a period,
 * PostgreSQL may choose the index of all ids, and read those of all users. Equalities in all columns of the other index leave it no
 * such choice.
 */
function attemptsInGaps({ userId, webhookUuid }: AttemptsOf): Prisma.Sql {
  return Prisma.sql`${kindsOf(userId, webhookUuid)}, attempt AS (
      SELECT attempts.* FROM kinds CROSS JOIN gap CROSS JOIN LATERAL (
        SELECT created_at, status, duration_ms FROM delivery_attempts
        -- With an offset, each gap is read by the index.
        WHERE ${ofKindBetween(userId, Prisma.sql`first_id`, Prisma.sql`end_id`)} OFFSET 0) attempts)`;
}
