import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { packDirectory } from '../src/database/packed-directory.js';

const PGLITE = import.meta.resolve('@electric-sql/pglite');
const TARGET = 'dist/embedded-database.br';

/**
 * Makes the empty database that every embedded database begins as. PGlite's own way takes 4 s and 900 MB of the process
 * that wants one. The files are the same on every platform: WebAssembly has one size of words and one order of bytes.
 */
async function make(): Promise<Buffer> {
  const parent = await mkdtemp(join(tmpdir(), 'docmap-template-'));
  try {
    const dataDir = join(parent, 'postgres');
    const database = new PGlite({ dataDir });
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

/** The same PGlite and the same program make the same database: kept between builds, which empty `dist`. */
async function cachePath(): Promise<string> {
  const key = createHash('sha256');
  const makers = [import.meta.filename, 'src/database/packed-directory.ts', fileURLToPath(PGLITE)];
  for (const path of makers) key.update(await readFile(path));
  return `node_modules/.cache/docmap-webhooks/embedded-database-${key.digest('hex').slice(0, 16)}.br`;
}

const cache = await cachePath();
const template = await readFile(cache).catch(make);
await mkdir(dirname(cache), { recursive: true });
for (const path of [cache, TARGET]) {
  // A build that is broken off leaves no half of a file.
  await writeFile(`${path}.draft`, template);
  await rename(`${path}.draft`, path);
}
