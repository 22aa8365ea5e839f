import { Prisma } from '../generated/prisma/client.js';
import { isMark, OF_THIS_DATABASE, REMOVES_EVENTS } from '../queue/transaction-mark-parts.js';
import type { OpenTransaction } from './horizon.js';

/**
 * Looks at the newest visible events of users, and then at the open transactions that write events.
 *
 * Input: the schema and the users, each once. Output: one {@link LookRow}. It takes no locks of its own; `pg_locks` holds up other
 * sessions for microseconds. Publishers may run at the same time.
 *
 * The order matters (`horizon.ts`). The list of transactions refers to the head. PostgreSQL can't read it before the head is known.
 */
export function lookStatement(schema: string, users: readonly string[]): Prisma.Sql {
  return Prisma.sql`
    WITH visible AS MATERIALIZED (
      SELECT coalesce(max(position), 0) AS head, json_object_agg(user_id, json_build_array(position, id))::text AS newest
      FROM unnest(${users}::text[]) AS listening(user_id) CROSS JOIN LATERAL (
        SELECT position, id FROM events WHERE events.user_id = listening.user_id
        ORDER BY position DESC, id DESC LIMIT 1) newest
    )
    SELECT head::text AS head, newest, (
      SELECT json_agg(json_build_array(name, ids, marks))::text FROM (
        SELECT virtualtransaction AS name,
          coalesce(json_agg(transactionid::text) FILTER (WHERE locktype = 'transactionid'), '[]') AS ids,
          json_agg(objid::bigint) FILTER (WHERE locktype = 'advisory') AS marks
        FROM pg_locks
        WHERE head IS NOT NULL AND granted AND (
          (locktype = 'relation' AND relation = 'events'::regclass AND mode = 'RowExclusiveLock' AND ${OF_THIS_DATABASE})
          OR (${isMark(schema)} AND objid <= ${REMOVES_EVENTS}::int::oid)
          OR (locktype = 'transactionid' AND mode = 'ExclusiveLock'))
        GROUP BY virtualtransaction
        HAVING bool_or(locktype <> 'transactionid')) writing
    ) AS open
    FROM visible`;
}

export interface LookRow {
  /** The largest visible position of the users. */
  head: string;
  /** By user: the position and the id of the newest event. */
  newest: string | null;
  open: string | null;
}

/** The newest visible event of a user. */
interface Newest {
  position: number;
  id: string;
}

export interface Look {
  head: number;
  newest: ReadonlyMap<string, Newest>;
  open: OpenTransaction[];
}

export function toLook({ head, newest, open }: LookRow): Look {
  const users = Object.entries(JSON.parse(newest ?? '{}') as Record<string, [number, string]>);
  const transactions = JSON.parse(open ?? '[]') as [name: string, ids: string[], marks: number[] | null][];
  return {
    head: Number(head),
    newest: new Map(users.map(([user, [position, id]]) => [user, { position, id }])),
    open: transactions.map(([name, ids, marks]) => ({ names: [name, ...ids], marks })),
  };
}
