import { notify } from '../database/notification-channel.js';
import { Prisma } from '../generated/prisma/client.js';
import { EVENTS_STORED_CHANNEL } from './events-stored.event.js';
import { HEARS_EVENTS, isMark } from './transaction-mark-parts.js';

/**
 * Notifies other processes of stored events, if one of them hears of them.
 *
 * Input: the schema, the text of the notice, and the number of sessions of this process that hear it. Output: one row if another
 * session hears it, otherwise none. It takes no locks. It is not part of the statement that stores events: a notification
 * makes the commits of all sessions wait for one another.
 */
export function announceStatement(schema: string, notice: string, own: number): Prisma.Sql {
  return Prisma.sql`
    SELECT ${notify(EVENTS_STORED_CHANNEL, notice)} IS NULL AS notified
    WHERE (SELECT count(*) FROM pg_locks WHERE ${isMark(schema)} AND objid = ${HEARS_EVENTS}::int::oid) > ${own}::int`;
}
