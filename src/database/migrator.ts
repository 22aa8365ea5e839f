import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseStartError } from './database-start.error.js';

/** The oldest PostgreSQL we test against, as `server_version_num` counts. */
const MINIMUM_SERVER_VERSION = 140_000;

/** The key of the advisory lock that `prisma migrate` itself takes, so that its command and ours exclude each other. */
const PRISMA_MIGRATE_LOCK = 72_707_369;

/** One session of the database, for as long as a migration run takes. */
export interface MigrationConnection {
  query<Row>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Runs several statements. */
  script(sql: string): Promise<void>;
}

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

interface AppliedMigration {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

/**
 * Brings the database to the newest migration of `folder`, as `prisma migrate deploy` would: same order, same
 * `_prisma_migrations` records, same lock. Unlike Prisma's command it needs no engine binary and runs each migration in
 * one transaction with its record, so that a crash leaves it wholly applied or not at all.
 *
 * @returns the names of the migrations it applied
 * @throws DatabaseStartError when the server is too old, the database has another encoding than UTF8, an earlier migration is half applied, an applied migration was
 *   edited or is unknown here (the database is newer than this program), or a migration fails
 */
export async function migrate(
  connection: MigrationConnection,
  folder: string,
  log: (line: string) => void,
): Promise<string[]> {
  await requireServerVersion(connection);
  await requireUtf8(connection);
  await connection.query(`SELECT pg_advisory_lock(${PRISMA_MIGRATE_LOCK})`);
  try {
    await connection.script(CREATE_MIGRATIONS_TABLE);
    const migrations = await readMigrations(folder);
    const applied = await connection.query<AppliedMigration>(
      `SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
    );
    const pending = pendingMigrations(migrations, applied);
    for (const migration of pending) {
      await apply(connection, migration);
      log(`Applied migration ${migration.name}`);
    }
    return pending.map(({ name }) => name);
  } finally {
    await connection.query(`SELECT pg_advisory_unlock(${PRISMA_MIGRATE_LOCK})`).catch(() => undefined);
  }
}

async function requireServerVersion(connection: MigrationConnection): Promise<void> {
  const [row] = await connection.query<{ number: string; name: string }>(
    `SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS name`,
  );
  if (row && Number(row.number) < MINIMUM_SERVER_VERSION) {
    throw new DatabaseStartError(`PostgreSQL ${row.name} is too old: version 14 or newer is needed.`);
  }
}

/**
 * In another encoding, SQL_ASCII included, PostgreSQL refuses or mangles characters of events and names. The driver always
 * sets `client_encoding` to UTF8.
 */
async function requireUtf8(connection: MigrationConnection): Promise<void> {
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

function pendingMigrations(migrations: Migration[], applied: AppliedMigration[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const record of applied) {
    const migration = known.get(record.migration_name);
    if (record.finished_at === null) {
      throw new DatabaseStartError(
        `Migration ${record.migration_name} was begun and never finished. Look at what it left in the database, repair it, ` +
          `and mark it with "prisma migrate resolve --applied ${record.migration_name}" or "--rolled-back". Nothing was changed now.`,
      );
    }
    if (!migration) {
      throw new DatabaseStartError(
        `The database has the migration ${record.migration_name}, which this version does not know: it was written by a newer one. Nothing was changed.`,
      );
    }
    if (migration.checksum !== record.checksum) {
      throw new DatabaseStartError(
        `Migration ${record.migration_name} was edited after it had been applied. Restore the file, and put the change in a new migration. Nothing was changed.`,
      );
    }
  }
  const done = new Set(applied.map((record) => record.migration_name));
  return migrations.filter(({ name }) => !done.has(name));
}

async function apply(connection: MigrationConnection, { name, sql, checksum }: Migration): Promise<void> {
  await connection.script('BEGIN');
  try {
    await connection.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at) VALUES ($1, $2, $3, now())`,
      [randomUUID(), checksum, name],
    );
    await connection.script(sql);
    await connection.query(
      `UPDATE _prisma_migrations SET finished_at = clock_timestamp(), applied_steps_count = 1 WHERE migration_name = $1 AND rolled_back_at IS NULL`,
      [name],
    );
    await connection.script('COMMIT');
  } catch (error) {
    await connection.script('ROLLBACK').catch(() => undefined);
    throw new DatabaseStartError(`Migration ${name} failed and was rolled back: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Word for word what Prisma's schema engine creates. */
const CREATE_MIGRATIONS_TABLE = `
CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
);`;
