import { rm } from 'node:fs/promises';
import { onServer } from '../support/test-server.mjs';

/** Removes what the set-up made, and what a test file that crashed left behind. */
export default async function teardown() {
  await rm(process.env.TEST_DIRECTORY, { recursive: true, force: true });
  const template = process.env.TEST_TEMPLATE_DATABASE;
  if (template === undefined) return;
  const left = await onServer(`SELECT datname FROM pg_database WHERE datname LIKE 'docmap_test_${process.pid}_%'`);
  for (const { datname } of left) await onServer(`DROP DATABASE IF EXISTS ${String(datname)} WITH (FORCE)`);
}
