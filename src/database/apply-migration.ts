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

/** A build that takes longer gets a line in the log, in milliseconds. */
const LONG_BUILD_MS = 2_000;

/** A statement that builds an index while other sessions write to the table. PostgreSQL allows it outside of transactions only. */
const CONCURRENT_INDEX = /^CREATE\s+INDEX\s+CONCURRENTLY\s+"(?<index>\w+)"\s/i;

/**
 * Applies a migration, and records it. Retries for as long as other transactions, such as a dump, lock its tables.
 *
 * A migration of `CREATE INDEX CONCURRENTLY "name" …` statements alone runs without a transaction: the build of an index takes
 * minutes, and writes must go on. A crash may leave an index that is not valid. The next start drops
 * it and builds it again.
 *
 * @param schema the current schema, for messages
 * @throws DatabaseStartError if the migration fails
 */
export async function applyMigration(
  connection: DatabaseSession,
  migration: Migration,
  schema: string,
  log: (line: string) => void,
): Promise<void> {
  const indexes = concurrentIndexes(migration);
  for (let isFirst = true; ; isFirst = false) {
    try {
      if (indexes) await buildIndexes(connection, migration, log, indexes);
      else await applyAtOnce(connection, migration);
      return;
    } catch (error) {
      if (!BLOCKED.has(codeOf(error))) throw failed(migration, schema, error as Error);
      if (isFirst)
        log(`Migration ${migration.name} needs a table that another transaction has locked: trying again every second`);
      await delay(LOCK_RETRY_MS);
    }
  }
}

/** An index to build, and the statement that builds it. */
interface ConcurrentIndex {
  name: string;
  statement: string;
}

/**
 * The indexes of a migration that builds them concurrently. Undefined for another migration.
 *
 * @throws DatabaseStartError if the migration has other statements, too: they could not be undone
 */
function concurrentIndexes({ name, sql }: Migration): ConcurrentIndex[] | undefined {
  const statements = sql
    .replaceAll(/--[^\n]*/g, '')
    .split(';')
    .map((text) => text.trim())
    .filter((text) => text !== '');
  const indexes = statements.flatMap((statement) => {
    const index = CONCURRENT_INDEX.exec(statement)?.groups?.index;
    return index === undefined ? [] : [{ name: index, statement }];
  });
  if (indexes.length === 0) return undefined;
  if (indexes.length === statements.length) return indexes;
  throw new DatabaseStartError(
    `Migration ${name} builds an index concurrently, and has other statements. Put them in a migration of their own. Nothing was changed.`,
  );
}

async function buildIndexes(
  connection: DatabaseSession,
  migration: Migration,
  log: (line: string) => void,
  indexes: readonly ConcurrentIndex[],
): Promise<void> {
  const say = (): void => log(`Migration ${migration.name} builds indexes of large tables. Requests go on meanwhile`);
  const timer = setTimeout(say, LONG_BUILD_MS);
  try {
    await buildEach(connection, indexes);
  } finally {
    clearTimeout(timer);
  }
  await record(connection, migration);
}

async function buildEach(connection: DatabaseSession, indexes: readonly ConcurrentIndex[]): Promise<void> {
  await connection.script('SET statement_timeout = 0; SET lock_timeout = 0');
  for (const { name, statement } of indexes) {
    const [existing] = await connection.query<{ valid: boolean }>(
      `SELECT indisvalid AS valid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
       WHERE relname = $1 AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())`,
      [name],
    );
    if (existing?.valid) continue;
    if (existing) await connection.query(`DROP INDEX CONCURRENTLY "${name}"`);
    await connection.query(statement);
  }
}

async function applyAtOnce(connection: DatabaseSession, migration: Migration): Promise<void> {
  await connection.script(`BEGIN; SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`);
  try {
    await connection.script(migration.sql);
    await record(connection, migration);
    await connection.script('COMMIT');
  } catch (error) {
    await connection.script('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function record(connection: DatabaseSession, { name, checksum }: Migration): Promise<void> {
  await connection.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
    [randomUUID(), checksum, name],
  );
}

function failed({ name }: Migration, schema: string, cause: Error): DatabaseStartError {
  const remedy = TAKEN.has(codeOf(cause))
    ? `. The schema ${schema} belongs to another application: add ?schema=docmap to DATABASE_URL to use a separate one.`
    : '';
  return new DatabaseStartError(`Migration ${name} failed and was rolled back: ${cause.message}${remedy}`, { cause });
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? '';
}
