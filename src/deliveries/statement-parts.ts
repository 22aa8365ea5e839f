import { Prisma } from '../generated/prisma/client.js';
import { uuidTime } from '../queue/statement-parts.js';

/** The period of a summary, in milliseconds. The triggers of `delivery_attempts` have the same number. */
export const SUMMARY_MS = 600_000;
/** The same in SQL. */
export const SUMMARY_PERIOD = Prisma.sql`interval '10 minutes'`;
/** The webhook of a summary of all webhooks of a user. */
export const ALL_WEBHOOKS = '00000000-0000-0000-0000-000000000000';

/** The smallest uuid of version 7 of a time: `uuidV7Floor` in SQL. */
export function floorIdOf(time: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(${uuidTime(time)} || repeat('0', 20))::uuid`;
}

/** The columns `attempts`, `succeeded` and `durations` of groups of rows with `duration_ms`, `n` and `ok`. */
export const SUMMED = Prisma.sql`sum(n)::int AS attempts, sum(ok)::int AS succeeded,
  string_agg(duration_ms || ':' || n, ',') AS durations`;

/** The columns `n` and `ok` of groups of attempts with one duration. */
export const COUNTED = Prisma.sql`count(*) AS n, count(*) FILTER (WHERE status = 'success') AS ok`;
