import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Pool } from 'pg';
import { loadSchemaEngine } from '../../scripts/schema-engine.js';
import { LIMITS } from '../../src/database/deadlines.js';
import { migrate } from '../../src/database/migrator.js';
import { eventually } from '../support/api-client.js';
import { emptyServerDatabase, type EmptyServerDatabase } from './support/empty-database.js';
import { describeOnServer } from './support/kinds.js';
import { MIGRATIONS_DIR, MigrationsFolder, migrationNames } from './support/migrations-folder.js';
import type { Session } from './support/session.js';

jest.setTimeout(30_000);

const FILTERS = { externalTables: [], externalEnums: [] };

describeOnServer('The migrator next to others', () => {
  let database: EmptyServerDatabase;
  let sessions: Session[];
  let ours: string[];

  const open = async (): Promise<Session> => {
    const session = await database.open();
    sessions.push(session);
    return session;
  };
  const run = async (session?: Session) => migrate(session ?? (await open()), MIGRATIONS_DIR, () => undefined);

  beforeEach(async () => {
    database = await emptyServerDatabase();
    sessions = [];
    ours = await migrationNames();
  });

  afterEach(async () => {
    for (const session of sessions) await session.close();
    await database.drop();
  });

  it('applies each migration once when four processes start at the same time', async () => {
    const applied = await Promise.all(Array.from({ length: 4 }, () => run()));
    expect(applied.flat()).toEqual(ours);
    const session = await open();
    const records = await session.query('SELECT migration_name FROM _prisma_migrations ORDER BY migration_name');
    expect(records).toEqual(ours.map((name) => ({ migration_name: name })));
  });

  it('waits while "prisma migrate" is at work', async () => {
    const prisma = await open();
    await prisma.query('SELECT pg_advisory_lock(72707369)');
    const running = run();
    await eventually(
      async () =>
        (
          await prisma.query(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle'
            AND query LIKE 'SELECT pg_try_advisory_lock%'`)
        )[0],
      'the migrator to wait',
    );
    expect(await prisma.query('SELECT FROM pg_class WHERE relname = $1', ['_prisma_migrations'])).toEqual([]);
    await prisma.query('SELECT pg_advisory_unlock(72707369)');
    await expect(running).resolves.toEqual(ours);
  });

  it('lets others migrate after it has failed', async () => {
    const failed = await open();
    await run(failed);
    await failed.query(`UPDATE _prisma_migrations SET checksum = 'other'`);
    await expect(run(failed)).rejects.toThrow('was edited');
    const [lock] = await (await open()).query('SELECT pg_try_advisory_lock(72707369) AS free');
    expect(lock).toEqual({ free: true });
  });

  it('lets requests read and write while another transaction keeps a table from being changed', async () => {
    await run();
    const folder = await MigrationsFolder.copy();
    await folder.write('29991231000000_expand_labels', 'ALTER TABLE webhooks ADD COLUMN label text');
    // A lock as of a dump, which holds it until its end.
    const dump = await open();
    await dump.script('BEGIN; LOCK TABLE webhooks IN ACCESS SHARE MODE');
    const lines: string[] = [];
    const running = migrate(await open(), folder.path, (line) => lines.push(line));
    const watcher = await open();
    const request = await open();
    await request.query(`SET lock_timeout = ${LIMITS.request.lockMs}`);
    for (let round = 0; round < 2; round += 1) {
      await eventually(async () => (await watcher.query(WAITING))[0], 'the migration to wait for its table');
      await expect(request.query('UPDATE webhooks SET active = true')).resolves.toEqual([]);
    }
    await dump.query('COMMIT');
    await expect(running).resolves.toEqual(['29991231000000_expand_labels']);
    expect(lines).toEqual([
      expect.stringMatching(
        /^Migration 29991231000000_expand_labels needs a table that another transaction has locked: trying again every second$/,
      ),
      'Applied migration 29991231000000_expand_labels',
    ]);
    await folder.remove();
  });

  it('finds nothing to do on a database that "prisma migrate deploy" has migrated', async () => {
    const { appliedMigrationNames } = await withSchemaEngine(database.url, async (engine) =>
      engine.applyMigrations({ migrationsList: await migrationsList(), filters: FILTERS }),
    );
    expect(appliedMigrationNames).toEqual(ours);
    await expect(run()).resolves.toEqual([]);
  });

  it('leaves a database that "prisma migrate" finds in order and complete', async () => {
    await run();
    await withSchemaEngine(database.url, async (engine) => {
      const list = await migrationsList();
      await expect(engine.applyMigrations({ migrationsList: list, filters: FILTERS })).resolves.toEqual({
        appliedMigrationNames: [],
      });
      await expect(
        engine.diagnoseMigrationHistory({ migrationsList: list, optInToShadowDatabase: false, filters: FILTERS }),
      ).resolves.toEqual({
        editedMigrationNames: [],
        failedMigrationNames: [],
        hasMigrationsTable: true,
        history: null,
      });
    });
  });

  it('makes the table of migrations exactly as Prisma does', async () => {
    const other = await emptyServerDatabase();
    try {
      await withSchemaEngine(other.url, async (engine) =>
        engine.applyMigrations({ migrationsList: await migrationsList(), filters: FILTERS }),
      );
      const theirs = await other.open();
      sessions.push(theirs);
      const session = await open();
      await run(session);
      expect(await columnsOfMigrationsTable(session)).toEqual(await columnsOfMigrationsTable(theirs));
      expect(await session.query(RECORDS)).toEqual(await theirs.query(RECORDS));
      await sessions.splice(sessions.indexOf(theirs), 1)[0]?.close();
    } finally {
      await other.drop();
    }
  });
});

/** The sessions that wait for the table of webhooks. */
const WAITING = `
  SELECT FROM pg_locks WHERE NOT granted AND relation = 'webhooks'::regclass
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** The columns that both write alike: all except the ids and the times. */
const RECORDS = `
  SELECT migration_name, checksum, logs, rolled_back_at, applied_steps_count, finished_at IS NOT NULL AS finished
  FROM _prisma_migrations ORDER BY migration_name`;

function columnsOfMigrationsTable(session: Session) {
  return session.query(
    `SELECT column_name, data_type, character_maximum_length, is_nullable, column_default
     FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`,
  );
}

/** Prisma's own engine, that of the `prisma migrate` commands, on a database. */
async function withSchemaEngine<Result>(url: string, work: (engine: SchemaEngine) => Promise<Result>): Promise<Result> {
  const path = 'prisma/schema.prisma';
  const { SchemaEngine } = await (loading ??= loadSchemaEngine());
  const pool = new Pool({ connectionString: url, max: 1, idleTimeoutMillis: 0 });
  try {
    const adapter = bindMigrationAwareSqlAdapterFactory(new WholeScripts(pool));
    const datamodels: [string, string][] = [[path, await readFile(path, 'utf8')]];
    return await work(await SchemaEngine.new({ datamodels }, () => undefined, adapter));
  } finally {
    await pool.end();
  }
}

let loading: ReturnType<typeof loadSchemaEngine> | undefined;

/**
 * Sends a whole script, as the command's engine does. The adapter alone would split it at every ";", even in a comment.
 */
class WholeScripts extends PrismaPg {
  override async connect() {
    const adapter = await super.connect();
    adapter.executeScript = async (script) => void (await adapter.underlyingDriver().query(script));
    return adapter;
  }
}

async function migrationsList(): Promise<MigrationList> {
  const lockfile = 'migration_lock.toml';
  return {
    baseDir: MIGRATIONS_DIR,
    lockfile: { path: lockfile, content: await readFile(join(MIGRATIONS_DIR, lockfile), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      (await migrationNames()).map(async (name) => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: await readFile(join(MIGRATIONS_DIR, name, 'migration.sql'), 'utf8') },
        },
      })),
    ),
  };
}
