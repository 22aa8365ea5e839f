import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onServer, probeServer, urlOf } from './test-server.mjs';

const MIGRATIONS_DIR = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));

/**
 * Makes a migrated database of each kind once. Every test file starts from a copy, which takes a fraction of a second
 * instead of several.
 */
export default async function setup() {
  const { EmbeddedDatabase } = await import('../../dist/database/embedded-database.js');
  const { ServerDatabase } = await import('../../dist/database/server-database.js');
  // Chosen here, so that fuzz-seed-reporter.mjs knows it.
  process.env.FUZZ_SEED ??= String(Date.now() % 2 ** 31);
  process.env.TEST_DIRECTORY = await mkdtemp(join(tmpdir(), 'docmap-test-'));
  process.env.TEST_TEMPLATE_DIR = join(process.env.TEST_DIRECTORY, 'template');
  await (await EmbeddedDatabase.open(process.env.TEST_TEMPLATE_DIR, MIGRATIONS_DIR)).close();

  if ((await probeServer()) === undefined) {
    process.env.TEST_TEMPLATE_DATABASE = `docmap_test_${process.pid}_template`;
    await onServer(`DROP DATABASE IF EXISTS ${process.env.TEST_TEMPLATE_DATABASE}`);
    await onServer(`CREATE DATABASE ${process.env.TEST_TEMPLATE_DATABASE}`);
    await (await ServerDatabase.open(urlOf(process.env.TEST_TEMPLATE_DATABASE), MIGRATIONS_DIR)).close();
  }
}
