import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { migrate } from '../src/database/migrator.js';
import { packDirectory } from '../src/database/packed-directory.js';

const PGLITE = fileURLToPath(import.meta.resolve('@electric-sql/pglite'));
const MIGRATIONS = 'prisma/migrations';
const PROGRAM = [import.meta.filename, PGLITE, 'src/database/packed-directory.ts'];

interface Template {
  name: string;
  /** A change of these files changes the template. */
  sources: string[];
  prepare: (database: PGlite) => Promise<unknown>;
}

/** The empty database that every embedded database in a directory starts from. PGlite itself takes 4 s and 900 MB to make it. */
const EMPTY: Template = { name: 'embedded-database', sources: PROGRAM, prepare: async () => undefined };

/**
 * The database of an application's tests. It has all migrations, and one of PostgreSQL's three initial databases. This saves
 * 0.6 s of processor time for the migrations, and 0.1 s for unpacking the other two databases.
 */
const FOR_TESTS: Template = {
  name: 'testing-database',
  sources: [...PROGRAM, ...(await migrationFiles())],
  prepare: async (database) => {
    const connection = {
      query: async <Row>(sql: string, values?: unknown[]) => (await database.query<Row>(sql, values)).rows,
      script: async (sql: string) => void (await database.exec(sql)),
    };
    await migrate(connection, MIGRATIONS, () => undefined);
    await database.exec('UPDATE pg_database SET datistemplate = false');
    for (const name of ['template0', 'template1']) await database.exec(`DROP DATABASE ${name}`);
  },
};

/** The files work on every platform, because WebAssembly has one word size and one byte order. */
async function make({ prepare }: Template): Promise<Buffer> {
  const parent = await mkdtemp(join(tmpdir(), 'docmap-template-'));
  try {
    const dataDir = join(parent, 'postgres');
    const database = new PGlite({ dataDir });
    await prepare(database);
    // The write-ahead log of initdb repeats the whole database. A switch to a new segment and two checkpoints remove it: the
    // second checkpoint needs nothing from before the first. wal_recycle would keep it as a spare file.
    for (const statement of ['SET wal_recycle = off', 'SELECT pg_switch_wal()', 'CHECKPOINT', 'CHECKPOINT']) {
      await database.exec(statement);
    }
    await database.close();
    return await packDirectory(dataDir);
  } finally {
    await rm(parent, { recursive: true });
  }
}

async function migrationFiles(): Promise<string[]> {
  const paths = (await readdir(MIGRATIONS, { recursive: true })).filter((path) => path.endsWith('.sql'));
  return ['src/database/migrator.ts', ...paths.sort().map((path) => join(MIGRATIONS, path))];
}

/** The same sources make the same database, so the cache keeps it. A build empties `dist`. */
async function cachePath({ name, sources }: Template): Promise<string> {
  const key = createHash('sha256');
  for (const path of sources) key.update(await readFile(path));
  return `node_modules/.cache/docmap-webhooks/${name}-${key.digest('hex').slice(0, 16)}.br`;
}

for (const template of [EMPTY, FOR_TESTS]) {
  const cache = await cachePath(template);
  const packed = await readFile(cache).catch(() => make(template));
  await mkdir(dirname(cache), { recursive: true });
  for (const path of [cache, `dist/${template.name}.br`]) {
    // An interrupted build leaves no partial file.
    await writeFile(`${path}.draft`, packed);
    await rename(`${path}.draft`, path);
  }
}
