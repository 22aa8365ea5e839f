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
  /** The files that it is made of. */
  sources: string[];
  prepare: (database: PGlite) => Promise<unknown>;
}

/** The empty database that every embedded database in a directory begins as. PGlite's own way takes 4 s and 900 MB. */
const EMPTY: Template = { name: 'embedded-database', sources: PROGRAM, prepare: async () => undefined };

/**
 * The database that a test of an application begins with. It has all migrations, and only one of PostgreSQL's three first
 * databases: to apply the migrations takes 0.6 s of processor time, and to unpack the two others 0.1 s.
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

/** Files of PostgreSQL are the same on every platform: WebAssembly has one size of words and one order of bytes. */
async function make({ prepare }: Template): Promise<Buffer> {
  const parent = await mkdtemp(join(tmpdir(), 'docmap-template-'));
  try {
    const dataDir = join(parent, 'postgres');
    const database = new PGlite({ dataDir });
    await prepare(database);
    // The write-ahead log of initdb repeats the whole database. After a switch to a new segment and two checkpoints (the
    // second one needs nothing from before the first) it is removed; without wal_recycle it is not kept as a spare file.
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

/** The same sources make the same database: kept between builds, which empty `dist`. */
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
    // A build that is broken off leaves no half of a file.
    await writeFile(`${path}.draft`, packed);
    await rename(`${path}.draft`, path);
  }
}
