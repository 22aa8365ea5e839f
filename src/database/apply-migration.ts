import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { DatabaseSession } from './database-session.js';
import { DatabaseStartError } from './database-start.error.js';
import type { Migration } from './migration-plan.js';

/** SQLSTATEs for a table, type or function that already exists (appendix A of PostgreSQL's manual). */
const TAKEN = new Set(['42P07', '42710', '42723']);

/** SQLSTATEs for a lock timeout and a deadlock. The same transaction can succeed later. */
const BLOCKED = new Set(['55P03', '40P01']);

/**
 * `lock_timeout` of a migration in milliseconds. Requests for the table queue after a waiting migration. The value is
 * therefore below their own lock timeout (deadlines.ts).
 */
const LOCK_WAIT_MS = 1_000;
/** Pause between attempts in milliseconds, in which queued requests are served. */
const LOCK_RETRY_MS = 1_000;
/**
 * A migration that builds an index without blocking writes, in a statement of its own. PostgreSQL does not allow it in a
 * transaction.
 */
const CONCURRENT_INDEX = /^\s*CREATE\s+INDEX\s+CONCURRENTLY\s+"(?<name>\w+)"[^;]*;?\s*$/i;

export interface CurrentSession {
  schema: string;
  role: string;
}

/** Applies a migration. Retries for as long as other transactions, such as a dump, lock its tables. */
export async function applyMigration(
  connection: DatabaseSession,
  migration: Migration,
  session: CurrentSession,
  log: (line: string) => void,
): Promise<void> {
  for (let isFirst = true; ; isFirst = false) {
    try {
      await applyOne(connection, migration, session);
      return;
    } catch (error) {
      if (!BLOCKED.has(codeOf((error as Error).cause))) throw error;
      if (isFirst)
        log(`Migration ${migration.name} needs a table that another transaction has locked: trying again every second`);
      await delay(LOCK_RETRY_MS);
    }
  }
}

function codeOf(error: unknown): string {
  return (error as { code?: string } | undefined)?.code ?? '';
}

/** Builds the index of a migration while requests read and write its table. It has no time limit. */
async function buildIndex(connection: DatabaseSession, index: string, statement: string): Promise<void> {
  await connection.script('SET statement_timeout = 0; SET lock_timeout = 0');
  // An interrupted run left an invalid index, or an index without a record.
  await connection.script(`DROP INDEX CONCURRENTLY IF EXISTS "${index}"`);
  await connection.script(statement);
}

async function applyOne(
  connection: DatabaseSession,
  { name, sql, checksum }: Migration,
  { schema }: CurrentSession,
): Promise<void> {
  const index = CONCURRENT_INDEX.exec(sql.replaceAll(/--[^\n]*/g, ''))?.groups?.name;
  try {
    if (index !== undefined) await buildIndex(connection, index, sql);
    await connection.script(`BEGIN; SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`);
    await connection.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at) VALUES ($1, $2, $3, now())`,
      [randomUUID(), checksum, name],
    );
    if (index === undefined) await connection.script(sql);
    await connection.query(
      `UPDATE _prisma_migrations SET finished_at = clock_timestamp(), applied_steps_count = 1 WHERE migration_name = $1 AND rolled_back_at IS NULL`,
      [name],
    );
    await connection.script('COMMIT');
  } catch (error) {
    await connection.script('ROLLBACK').catch(() => undefined);
    const { message } = error as Error;
    const remedy = TAKEN.has(codeOf(error))
      ? `. The schema ${schema} belongs to another application: add ?schema=docmap to DATABASE_URL to use a separate one.`
      : '';
    throw new DatabaseStartError(`Migration ${name} failed and was rolled back: ${message}${remedy}`, { cause: error });
  }
}
