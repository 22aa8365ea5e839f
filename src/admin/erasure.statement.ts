import { KEY_REVOKED_CHANNEL } from '../auth/key-revoked.channel.js';
import { notify } from '../database/notification-channel.js';
import { Prisma } from '../generated/prisma/client.js';
import { fewWith, NOT_LEASED } from '../queue/statement-parts.js';
import { WEBHOOK_INVALIDATED_CHANNEL } from '../webhooks/webhook-invalidated.event.js';

/**
 * The tables with rows of users, in the order of the result. A test compares them with the catalogue of the database.
 * A new table belongs here, or in that test with the reason why it has no data of a user.
 */
export const ERASED_TABLES = [
  'api_keys',
  'webhooks',
  'recoveries',
  'events',
  'deliveries',
  'delivery_attempts',
  'attempt_summaries',
  'idempotency_keys',
] as const;
export type ErasedTable = (typeof ERASED_TABLES)[number];

/** The most rows of a statement. It then takes milliseconds, and does not slow dispatch noticeably. */
export const ERASURE_BATCH = 1_000;

/** Lower than every uuid of version 7. */
export const FIRST_ID = '00000000-0000-0000-0000-000000000000';
/** Higher than every uuid of version 7. */
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * Revokes the keys of a user, and notifies every process that may have open responses to them. Input: the user. Output: one row
 * per key that was active. It locks these rows.
 */
export function revokeKeysStatement(userId: string): Prisma.Sql {
  return Prisma.sql`
    UPDATE api_keys SET revoked_at = now() WHERE user_id = ${userId} AND revoked_at IS NULL
    RETURNING ${notify(KEY_REVOKED_CHANNEL, Prisma.sql`id::text`)} IS NULL AS notified`;
}

/**
 * Removes the revoked keys of a user, except bootstrap keys. Input: the user. It locks the rows that it removes. A key that is
 * created meanwhile is active: the next pass revokes it.
 */
export function deleteKeysStatement(userId: string): Prisma.Sql {
  return Prisma.sql`DELETE FROM api_keys WHERE user_id = ${userId} AND revoked_at IS NOT NULL AND NOT bootstrap`;
}

/**
 * Removes everything from the bootstrap keys of a user that the next start does not need. Without the row, a start with the
 * same `BOOTSTRAP_API_KEY` would create the key again.
 */
export function clearBootstrapKeysStatement(userId: string): Prisma.Sql {
  return Prisma.sql`
    UPDATE api_keys SET name = 'Bootstrap key', scopes = '{}', expires_at = NULL, last_used_at = NULL
    WHERE user_id = ${userId} AND bootstrap`;
}

/**
 * Removes webhooks of a user, and notifies every process of each.
 *
 * Input: the user. Output: one row per removed webhook. It locks these rows. Statements that store events on the fast path
 * and settlements hold such locks for milliseconds. After the commit, no claim finds a delivery of these webhooks.
 */
export function deleteWebhooksStatement(userId: string): Prisma.Sql {
  return Prisma.sql`
    WITH deleted AS (DELETE FROM webhooks WHERE user_id = ${userId} RETURNING id)
    SELECT ${notify(WEBHOOK_INVALIDATED_CHANNEL, Prisma.sql`id::text`)} IS NULL AS notified FROM deleted`;
}

/**
 * Removes recoveries of a user. Input: the user. It waits for a step that runs. When no recovery is left and the webhooks are
 * removed, nothing adds a delivery to an event that is stored already.
 */
export function deleteRecoveriesStatement(userId: string): Prisma.Sql {
  return Prisma.sql`DELETE FROM recoveries WHERE user_id = ${userId}`;
}

/**
 * The next rows of a user after a cursor: the ids of events or of attempts, or idempotency keys.
 *
 * Input: the user and the cursor. Output: one row for each id, in order. It takes no locks. The row comparisons make PostgreSQL
 * read a range of the user's index. With an equality it may scan the index of all ids, which has rows of all users. The cursor
 * skips the index entries of rows that earlier batches have removed.
 */
export const nextStatement = {
  events: (userId: string, after: string) => nextIds(Prisma.sql`events`, userId, after),
  delivery_attempts: (userId: string, after: string) => nextIds(Prisma.sql`delivery_attempts`, userId, after),
  idempotency_keys: (userId: string, after: string) => Prisma.sql`
    SELECT key AS id FROM idempotency_keys WHERE publisher_id = ${userId} AND key > ${after}
    ORDER BY key LIMIT ${ERASURE_BATCH}`,
};

function nextIds(table: Prisma.Sql, userId: string, after: string): Prisma.Sql {
  return Prisma.sql`
    SELECT id FROM ${table}
    WHERE (user_id, id) > (${userId}, ${after}::uuid) AND (user_id, id) <= (${userId}, ${LAST_ID}::uuid)
    ORDER BY user_id, id LIMIT ${ERASURE_BATCH}`;
}

/**
 * Removes the deliveries of events, except those under a lease: an attempt may be in flight.
 *
 * Input: the events. It locks the rows that it removes, and skips rows that another statement has locked. A settlement that
 * comes after it finds no delivery, and records no attempt.
 */
export function deleteDeliveriesStatement(eventIds: readonly string[]): Prisma.Sql {
  return Prisma.sql`
    DELETE FROM deliveries USING (
      SELECT event_id, webhook_id FROM ${named(eventIds)} JOIN deliveries ON event_id = named.id
      WHERE ${FEW} AND ${NOT_LEASED} FOR UPDATE OF deliveries SKIP LOCKED) locked
    WHERE deliveries.event_id = locked.event_id AND deliveries.webhook_id = locked.webhook_id`;
}

/** Removes those of the events that have no delivery. Input: the events. It locks the rows that it removes. */
export function deleteEventsStatement(eventIds: readonly string[]): Prisma.Sql {
  return Prisma.sql`
    DELETE FROM events USING ${named(eventIds)} WHERE events.id = named.id AND ${FEW}
      AND NOT EXISTS (SELECT FROM deliveries WHERE event_id = named.id)`;
}

/** Removes attempts. Input: their ids. It locks the rows that it removes. */
export function deleteAttemptsStatement(ids: readonly string[]): Prisma.Sql {
  return Prisma.sql`
    DELETE FROM delivery_attempts USING ${named(ids)} WHERE delivery_attempts.id = named.id AND ${FEW}`;
}

/** Removes the summaries of a user's attempts. Input: the user. Without attempts, no new ones are made. */
export function deleteSummariesStatement(userId: string): Prisma.Sql {
  return Prisma.sql`DELETE FROM attempt_summaries WHERE user_id = ${userId}`;
}

/** Removes idempotency keys of a user. Input: the keys. It locks the rows that it removes. */
export function deleteIdempotencyKeysStatement(userId: string, keys: readonly string[]): Prisma.Sql {
  return Prisma.sql`DELETE FROM idempotency_keys WHERE publisher_id = ${userId} AND key = ANY (${keys}::text[])`;
}

function named(ids: readonly string[]): Prisma.Sql {
  return Prisma.sql`unnest(${ids}::uuid[]) AS named(id)`;
}

const FEW = fewWith(Prisma.sql`named.id`);
