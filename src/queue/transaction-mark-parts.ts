import { createHash, hash } from 'node:crypto';
import { Prisma } from '../generated/prisma/client.js';

/**
 * Marks of transactions and sessions: shared advisory locks of two numbers, a class for each schema and a mark. Nothing ever waits for
 * them. Other sessions read them in `pg_locks`.
 *
 * A transaction that has written to `events` and is still open holds up event streams (`streams/horizon.ts`). Its marks tell
 * which streams: those of a few users, or none.
 */

/** The number of marks of users. A transaction takes at most this many entries of PostgreSQL's lock table, for any number of users. */
const USER_MARKS = 64;

/** The mark of a transaction that removes events, and publishes none. */
export const REMOVES_EVENTS = USER_MARKS;
/** The mark of a session that hears of stored events. Publishers send notifications only while one exists. */
export const HEARS_EVENTS = USER_MARKS + 1;

/** The mark of a transaction that publishes events of a user. Some users share one. */
export function markOfUser(userId: string): number {
  return (hash('sha256', userId, 'buffer')[0] ?? 0) % USER_MARKS;
}

/** The class of the marks of a schema: a positive number of 31 bits. */
function markClassOf(schema: string): number {
  return createHash('sha256').update(`docmap-webhooks ${schema}`).digest().readInt32BE(0) & 0x7fffffff;
}

/**
 * An expression that marks the transaction until it ends. It is true, and has no parameters (`requireTransaction`).
 *
 * It also gives the transaction its id. A transaction that is prepared later (`PREPARE TRANSACTION`) loses its virtual id, and is
 * known by this one.
 */
export function markTransaction(schema: string, mark: number): Prisma.Sql {
  const numbers = Prisma.raw(`${markClassOf(schema)}, ${mark}`);
  return Prisma.sql`(pg_advisory_xact_lock_shared(${numbers}) IS NULL
    AND pg_current_xact_id() IS NOT NULL)`;
}

/** A statement that marks the session until it ends. It has no parameters. */
export function markSession(schema: string, mark: number): string {
  return `SELECT pg_advisory_lock_shared(${markClassOf(schema)}, ${mark})`;
}

/** Whether a row of `pg_locks` is of the current database. */
export const OF_THIS_DATABASE = Prisma.sql`database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** Whether a row of `pg_locks` is a mark in the schema. */
export function isMark(schema: string): Prisma.Sql {
  return Prisma.sql`(locktype = 'advisory' AND objsubid = 2 AND classid = ${markClassOf(schema)}::int::oid AND ${OF_THIS_DATABASE})`;
}
