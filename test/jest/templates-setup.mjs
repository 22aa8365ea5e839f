import { execFileSync } from 'node:child_process';
import { mkdtemp, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareDatabases } from '../support/server-databases.mjs';
import { onServer, probeServer, urlOf } from '../support/test-server.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MIGRATIONS_DIR = join(ROOT, 'prisma/migrations');

/** Linux has a file system in memory here. Containers often have one of 64 MB. */
const IN_MEMORY = '/dev/shm';
/** A test has up to a few embedded databases of 40 MB at a time, and four workers run tests. */
const ENOUGH_BYTES = 4 * 2 ** 30;

/**
 * Builds the service where a source is newer than the build, and makes a migrated database of each kind. Every test file
 * starts from a copy, which takes a fraction of a second instead of several.
 */
export default async function setup() {
  execFileSync(process.execPath, ['scripts/build-if-stale.mjs'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const { EmbeddedDatabase } = await import('../../dist/database/embedded-database.js');
  const { ServerDatabase } = await import('../../dist/database/server-database.js');
  // Chosen here, so that fuzz-seed-reporter.mjs knows it.
  process.env.FUZZ_SEED ??= String(Date.now() % 2 ** 31);
  process.env.TEST_DIRECTORY = await mkdtemp(join(await directoryInMemory(), 'docmap-test-'));
  process.env.TEST_TEMPLATE_DIR = join(process.env.TEST_DIRECTORY, 'template');
  await (await EmbeddedDatabase.open(process.env.TEST_TEMPLATE_DIR, MIGRATIONS_DIR)).close();

  if ((await probeServer()) === undefined) {
    process.env.TEST_TEMPLATE_DATABASE = `docmap_test_${process.pid}_template`;
    await onServer(`DROP DATABASE IF EXISTS ${process.env.TEST_TEMPLATE_DATABASE}`);
    await onServer(`CREATE DATABASE ${process.env.TEST_TEMPLATE_DATABASE}`);
    await (await ServerDatabase.open(urlOf(process.env.TEST_TEMPLATE_DATABASE), MIGRATIONS_DIR)).close();
    await prepareDatabases();
  }
}

/** A directory in memory where it is large enough. Copies of a database take a tenth of the processor time there. */
async function directoryInMemory() {
  const { bavail, bsize } = await statfs(IN_MEMORY).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize >= ENOUGH_BYTES ? IN_MEMORY : tmpdir();
}
