import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DatabaseSession } from '../../src/database/database-session.js';
import { migrate } from '../../src/database/migrator.js';
import { EmptyEmbeddedDatabases, emptyServerDatabase, type EmptyDatabase } from './support/empty-database.js';
import { databaseKinds } from './support/kinds.js';
import { MigrationsFolder, migrationNames } from './support/migrations-folder.js';
import type { Session } from './support/session.js';

// The first embedded database takes long on a busy machine.
jest.setTimeout(60_000);

const NEXT = '29991231000000_next';

describe.each(databaseKinds)('The migrator on a database that is %s', (kind) => {
  let embedded: EmptyEmbeddedDatabases | undefined;
  let database: EmptyDatabase;
  let session: Session;
  let folder: MigrationsFolder;
  let ours: string[];

  const run = (path = folder.path) => migrate(session, path, () => undefined);

  beforeAll(() => {
    embedded = kind === 'embedded' ? new EmptyEmbeddedDatabases() : undefined;
  });

  afterAll(async () => {
    await embedded?.close();
  });

  beforeEach(async () => {
    database = await (embedded?.next() ?? emptyServerDatabase());
    session = await database.open();
    folder = await MigrationsFolder.copy();
    ours = await migrationNames();
  });

  afterEach(async () => {
    await session.close();
    await database.drop();
    await folder.remove();
  });

  it('makes the tables of an empty database and says which migrations it applied', async () => {
    const lines: string[] = [];
    await expect(migrate(session, folder.path, (line) => lines.push(line))).resolves.toEqual(ours);
    expect(lines).toEqual(ours.map((name) => `Applied migration ${name}`));
    expect(await tables(session)).toEqual(expect.arrayContaining(['deliveries', 'events', 'webhooks']));
    for (const record of await records(session)) {
      expect(record).toMatchObject({ finished_at: expect.any(Date), rolled_back_at: null, applied_steps_count: 1 });
    }
  });

  it('does nothing at the second start', async () => {
    await run();
    const before = await records(session);
    await expect(run()).resolves.toEqual([]);
    expect(await records(session)).toEqual(before);
  });

  it('applies new migrations only, in the order of the names', async () => {
    await run();
    await folder.write('29991231000002_third', 'ALTER TABLE second RENAME TO third');
    await folder.write('29991231000001_second', 'CREATE TABLE second (id int)');
    await expect(run()).resolves.toEqual(['29991231000001_second', '29991231000002_third']);
    expect(await tables(session)).toContain('third');
  });

  it('builds an index without a transaction, and again after a crash', async () => {
    await run();
    const statement = 'CREATE INDEX CONCURRENTLY "events_type_idx" ON "events"("type");';
    await folder.write(NEXT, `-- An index.\n${statement}\n`);
    // A crash during the build leaves an index that is not valid.
    await session.script(`CREATE INDEX events_type_idx ON events (occurred_at);
      UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'events_type_idx'::regclass`);
    await expect(run()).resolves.toEqual([NEXT]);
    const [index] = await session.query<{ definition: string; valid: boolean }>(`
      SELECT pg_get_indexdef(indexrelid) AS definition, indisvalid AS valid FROM pg_index
      WHERE indexrelid = 'events_type_idx'::regclass`);
    expect(index).toEqual({ definition: expect.stringContaining('(type)'), valid: true });
    await expect(run()).resolves.toEqual([]);
  });

  it('refuses a database with a migration that was started but never finished, names it and changes nothing', async () => {
    await run();
    await session.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [
      'half',
      'c',
      NEXT,
    ]);
    await folder.write(NEXT, 'CREATE TABLE next (id int)');
    const before = await records(session);
    await expect(run()).rejects.toThrow(
      expect.objectContaining({
        name: 'DatabaseStartError',
        message: expect.stringMatching(`${NEXT} was started but never finished.*prisma migrate resolve`),
      }),
    );
    expect(await records(session)).toEqual(before);
    expect(await tables(session)).not.toContain('next');
  });

  it('applies a migration again that was marked as rolled back', async () => {
    await run();
    await session.query(
      'INSERT INTO _prisma_migrations (id, checksum, migration_name, rolled_back_at) VALUES ($1, $2, $3, now())',
      ['half', 'c', NEXT],
    );
    await folder.write(NEXT, 'CREATE TABLE next (id int)');
    await expect(run()).resolves.toEqual([NEXT]);
    expect(await tables(session)).toContain('next');
    await expect(run()).resolves.toEqual([]);
  });

  it('refuses a migration that was edited after it had been applied', async () => {
    await run();
    const [first = ''] = ours;
    await folder.write(first, `${await folder.read(first)}\n-- edited`);
    await folder.write(NEXT, 'CREATE TABLE next (id int)');
    await expect(run()).rejects.toThrow(
      expect.objectContaining({
        name: 'DatabaseStartError',
        message: expect.stringContaining(`${first} was edited after it had been applied`),
      }),
    );
    expect(await tables(session)).not.toContain('next');
  });

  it('refuses an unknown migration that is not marked as compatible', async () => {
    await folder.write(NEXT, 'CREATE TABLE next (id int)');
    await run();
    const before = await records(session);
    const older = await MigrationsFolder.copy();
    await expect(run(older.path)).rejects.toThrow(
      expect.objectContaining({
        name: 'DatabaseStartError',
        message: expect.stringMatching(`${NEXT}, which this version does not know.*newer`),
      }),
    );
    expect(await records(session)).toEqual(before);
    await older.remove();
  });

  it('starts on a database that a newer version has expanded, and says so', async () => {
    await folder.write('29991231000000_expand_labels', 'CREATE TABLE labels (id int)');
    await run();
    const older = await MigrationsFolder.copy();
    const lines: string[] = [];
    await expect(migrate(session, older.path, (line) => lines.push(line))).resolves.toEqual([]);
    expect(lines).toEqual([expect.stringMatching(/newer version has applied .*: 29991231000000_expand_labels$/)]);
    await older.remove();
  });

  it('starts on a contracted database only when it knows the migration that came before', async () => {
    await folder.write('29991231000000_expand_labels', 'CREATE TABLE labels (id int)');
    const between = await MigrationsFolder.copy();
    await between.write('29991231000000_expand_labels', 'CREATE TABLE labels (id int)');
    await folder.write('29991231000001_contract_old_after_29991231000000', 'SELECT 1');
    await run();
    await expect(run(between.path)).resolves.toEqual([]);
    const oldest = await MigrationsFolder.copy();
    await expect(run(oldest.path)).rejects.toThrow(
      '29991231000001_contract_old_after_29991231000000, which this version',
    );
    await between.remove();
    await oldest.remove();
  });

  it('leaves nothing of a failed migration, keeps the earlier ones, and continues after the repair', async () => {
    await folder.write('29991231000000_good', 'CREATE TABLE good (id int)');
    await folder.write('29991231000001_bad', 'CREATE TABLE half (id int); INSERT INTO nowhere VALUES (1)');
    await expect(run()).rejects.toThrow(
      expect.objectContaining({
        name: 'DatabaseStartError',
        message: expect.stringMatching(/29991231000001_bad failed and was rolled back:.*nowhere/),
      }),
    );
    expect(await tables(session)).toContain('good');
    expect(await tables(session)).not.toContain('half');
    expect((await records(session)).map((record) => record.migration_name)).toEqual([...ours, '29991231000000_good']);

    await folder.write('29991231000001_bad', 'CREATE TABLE half (id int)');
    await expect(run()).resolves.toEqual(['29991231000001_bad']);
  });

  describe('with a migration that builds indexes concurrently', () => {
    const INDEXES = `-- Large tables.
      CREATE INDEX CONCURRENTLY "first_idx" ON "events"("type");
      CREATE INDEX CONCURRENTLY "second_idx" ON "deliveries"("id") WHERE "state" = 'pending';`;

    it('builds them and records it', async () => {
      await folder.write(NEXT, INDEXES);
      await expect(run()).resolves.toEqual([...ours, NEXT]);
      await expect(run()).resolves.toEqual([]);
      expect(await validity(session)).toEqual({ first_idx: true, second_idx: true });
      expect(await records(session)).toContainEqual(
        expect.objectContaining({ migration_name: NEXT, finished_at: expect.any(Date), applied_steps_count: 1 }),
      );
    });

    it('builds an index again whose first build was cut off', async () => {
      await run();
      await session.query('CREATE INDEX "first_idx" ON "events"("type")');
      await session.query(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'first_idx'::regclass`);
      await folder.write(NEXT, INDEXES);
      await expect(run()).resolves.toEqual([NEXT]);
      expect(await validity(session)).toEqual({ first_idx: true, second_idx: true });
    });

    it('refuses other statements in it, before it changes anything', async () => {
      await run();
      await folder.write(NEXT, `CREATE TABLE next (id int); ${INDEXES}`);
      await expect(run()).rejects.toThrow(
        expect.objectContaining({
          name: 'DatabaseStartError',
          message: expect.stringMatching(`^Migration ${NEXT} builds an index concurrently, and has other statements`),
        }),
      );
      expect(await tables(session)).not.toContain('next');
    });

    it('leaves no record when a build fails', async () => {
      await folder.write(NEXT, 'CREATE INDEX CONCURRENTLY "first_idx" ON "nowhere"("id")');
      await expect(run()).rejects.toThrow(
        expect.objectContaining({ message: expect.stringMatching(`${NEXT} failed`) }),
      );
      expect((await records(session)).map((record) => record.migration_name)).toEqual(ours);
    });
  });

  it('refuses a server that is too old before it changes anything', async () => {
    const statements: string[] = [];
    const old: DatabaseSession = {
      query: async <Row>(sql: string) => {
        statements.push(sql);
        return [{ number: '130000', name: '13.0' }] as Row[];
      },
      script: async (sql) => void statements.push(sql),
    };
    await expect(migrate(old, folder.path, () => undefined)).rejects.toThrow(
      expect.objectContaining({
        name: 'DatabaseStartError',
        message: 'PostgreSQL 13.0 is too old: version 14 or newer is needed.',
      }),
    );
    expect(statements).toEqual([expect.stringContaining('server_version_num')]);
  });
});

async function tables(session: Session): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name`,
  );
  return rows.map(({ name }) => name);
}

async function validity(session: Session): Promise<Record<string, boolean>> {
  const rows = await session.query<{ name: string; valid: boolean }>(
    `SELECT relname AS name, indisvalid AS valid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE relname IN ('first_idx', 'second_idx')`,
  );
  return Object.fromEntries(rows.map(({ name, valid }) => [name, valid]));
}

interface MigrationRecord extends Record<string, unknown> {
  migration_name: string;
}

function records(session: Session): Promise<MigrationRecord[]> {
  return session.query<MigrationRecord>('SELECT * FROM _prisma_migrations ORDER BY started_at, migration_name');
}
