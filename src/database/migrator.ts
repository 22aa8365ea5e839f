import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { applyMigration, type CurrentSession } from './apply-migration.js';
import type { DatabaseSession } from './database-session.js';
import { DatabaseStartError } from './database-start.error.js';
import { CREATE_MIGRATIONS_TABLE } from './migrations-table.js';
import { planMigrations, type AppliedMigration, type Migration, type MigrationPlan } from './migration-plan.js';
import { typedIdentifier } from './session-settings.js';

/** The oldest supported PostgreSQL, as `server_version_num`. Tests run on it. */
const MINIMUM_SERVER_VERSION = 140_000;

/** The key of the advisory lock of `prisma migrate`. Both commands therefore exclude each other. */
const PRISMA_MIGRATE_LOCK = 72_707_369;

/** Pause between attempts to get the advisory lock, in milliseconds. */
const ADVISORY_LOCK_RETRY_MS = 250;

export interface MigrationOptions {
  /** Whether to apply missing migrations. If false, they are an error. Default: true. */
  apply?: boolean;
}

/**
 * Applies the missing migrations of `folder` to the current schema. Order, lock and `_prisma_migrations` records are those
 * of `prisma migrate deploy`, with two differences:
 *
 * - It needs no engine binary.
 * - Each migration and its record share one transaction. A crash leaves a migration applied completely or not at all. A
 *   migration of one `CREATE INDEX CONCURRENTLY` has no transaction. After a crash, the next start builds the index again.
 *
 * If no migration is missing, it only reads: the role then needs no right to create tables.
 *
 * @returns the names of the applied migrations
 * @throws DatabaseStartError if
 *
 * - the server is too old, or the database is not UTF8;
 * - an earlier migration is half applied;
 * - an applied migration was edited or is incompatible;
 * - the role may not apply the missing ones, or a migration fails.
 */
export async function migrate(
  connection: DatabaseSession,
  folder: string,
  log: (line: string) => void,
  { apply = true }: MigrationOptions = {},
): Promise<string[]> {
  await requireServerVersion(connection);
  await requireUtf8(connection);
  const migrations = await readMigrations(folder);
  const session = await currentSession(connection);
  const plan = async (): Promise<MigrationPlan> =>
    planMigrations(migrations, await readApplied(connection, session), session.schema);
  // Without the lock, a running migration looks like one that never finished. The lock below then decides.
  const seen = await plan().catch(() => undefined);
  if (seen?.pending.length === 0) {
    logNewer(seen, log);
    return [];
  }
  await lockMigrations(connection);
  try {
    const found = await plan();
    logNewer(found, log);
    const [first] = found.pending;
    if (first && !apply) throw missing(found.pending, session);
    if (first) await requireCreate(connection, session);
    if (first) await connection.script(CREATE_MIGRATIONS_TABLE);
    for (const migration of found.pending) {
      await applyMigration(connection, migration, session, log);
      log(`Applied migration ${migration.name}`);
    }
    return found.pending.map(({ name }) => name);
  } finally {
    await connection.query(`SELECT pg_advisory_unlock(${PRISMA_MIGRATE_LOCK})`).catch(() => undefined);
  }
}

/**
 * Takes the advisory lock of migrations, and waits for it without an open transaction. `CREATE INDEX CONCURRENTLY` waits for
 * all transactions: a process that waits in `pg_advisory_lock` would deadlock with it.
 */
async function lockMigrations(connection: DatabaseSession): Promise<void> {
  const statement = `SELECT pg_try_advisory_lock(${PRISMA_MIGRATE_LOCK}) AS locked`;
  while (!(await connection.query<{ locked: boolean }>(statement))[0]?.locked) await delay(ADVISORY_LOCK_RETRY_MS);
}

async function currentSession(connection: DatabaseSession): Promise<CurrentSession> {
  const [row] = await connection.query<CurrentSession>(
    'SELECT current_schema()::text AS schema, current_user::text AS role',
  );
  return row ?? { schema: 'public', role: '' };
}

/**
 * Reads the records of applied migrations, oldest first. Takes no locks beyond those of reading.
 *
 * @throws DatabaseStartError if the role may not read them
 */
async function readApplied(connection: DatabaseSession, { schema, role }: CurrentSession): Promise<AppliedMigration[]> {
  const [table] = await connection.query<{ readable: boolean }>(
    `SELECT has_table_privilege(oid, 'SELECT') AS readable FROM pg_class
     WHERE relname = '_prisma_migrations' AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())`,
  );
  if (!table) return [];
  if (!table.readable) {
    throw new DatabaseStartError(
      `The role ${role} may not read _prisma_migrations in the schema ${schema}. ` +
        `Type "GRANT SELECT ON ${typedIdentifier(schema)}._prisma_migrations TO ${typedIdentifier(role)}".`,
    );
  }
  return connection.query<AppliedMigration>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at',
  );
}

function logNewer({ newer }: MigrationPlan, log: (line: string) => void): void {
  if (newer.length > 0) log(`A newer version has applied migrations that this one works with: ${newer.join(', ')}`);
}

function missing(pending: readonly Migration[], { schema }: CurrentSession): DatabaseStartError {
  const names = pending.map(({ name }) => name).join(', ');
  return new DatabaseStartError(
    `The schema ${schema} lacks migrations (${names}). Run "npm run migrate" as the owner first. ` +
      'Only a start of the service with MIGRATE_ON_START=true applies them itself.',
  );
}

async function requireCreate(connection: DatabaseSession, { schema, role }: CurrentSession): Promise<void> {
  const [row] = await connection.query<{ allowed: boolean }>(
    `SELECT has_schema_privilege(current_schema(), 'CREATE') AS allowed`,
  );
  if (row?.allowed !== false) return;
  throw new DatabaseStartError(
    `The role ${role} may not create tables in the schema ${schema}. Run "npm run migrate" as the owner, type ` +
      `"GRANT CREATE ON SCHEMA ${typedIdentifier(schema)} TO ${typedIdentifier(role)}", or give the role a schema of its own ` +
      `with "CREATE SCHEMA docmap AUTHORIZATION ${typedIdentifier(role)}" and ?schema=docmap in DATABASE_URL.`,
  );
}

async function requireServerVersion(connection: DatabaseSession): Promise<void> {
  const [row] = await connection.query<{ number: string; name: string }>(
    `SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS name`,
  );
  if (row && Number(row.number) < MINIMUM_SERVER_VERSION) {
    throw new DatabaseStartError(`PostgreSQL ${row.name} is too old: version 14 or newer is needed.`);
  }
}

/**
 * Requires UTF8. In another encoding, also SQL_ASCII, PostgreSQL rejects or corrupts some characters of events and names.
 * The driver always sets `client_encoding` to UTF8.
 */
async function requireUtf8(connection: DatabaseSession): Promise<void> {
  const [row] = await connection.query<{ encoding: string; name: string }>(
    `SELECT current_setting('server_encoding') AS encoding, current_database() AS name`,
  );
  if (row && row.encoding !== 'UTF8') {
    throw new DatabaseStartError(
      `The database ${row.name} has the encoding ${row.encoding}, and UTF8 is needed. Nothing was changed. ` +
        `Create one with "CREATE DATABASE docmap ENCODING 'UTF8' TEMPLATE template0" and name it in DATABASE_URL.`,
    );
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}
