import { createHash } from 'node:crypto';
import { Prisma } from '../generated/prisma/client.js';

/** The schema whose channels have no suffix. Earlier versions use these names. */
const PLAIN_SCHEMA = 'public';
const DIGITS = 16;

/**
 * The name of a channel in a schema. Channels belong to a database. Without the suffix, two installations in one database
 * would wake each other.
 */
export function channelOf(channel: string, schema: string): string {
  if (schema === PLAIN_SCHEMA) return channel;
  return `${channel}_${createHash('sha256').update(schema).digest('hex').slice(0, DIGITS)}`;
}

/**
 * Makes the SQL expression that notifies a channel. The name is that of {@link channelOf}.
 *
 * @param schema default: the current schema of the session
 */
export function notify(channel: string, payload: Prisma.Sql | string, schema?: string): Prisma.Sql {
  if (schema !== undefined) return Prisma.sql`pg_notify(${channelOf(channel, schema)}::text, ${payload})`;
  return Prisma.sql`pg_notify(${channel}::text || CASE WHEN current_schema() = ${PLAIN_SCHEMA} THEN '' ELSE
    '_' || left(encode(sha256(convert_to(current_schema()::text, 'UTF8')), 'hex'), ${DIGITS}::int) END, ${payload})`;
}
