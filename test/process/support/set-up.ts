import { expect } from '@jest/globals';
import { setUpServer, type ServerOptions } from '../../../src/database/connection-set-up.js';
import { MIGRATIONS_DIR } from '../../../src/database/migrations-dir.js';

/** Prepares the database as a start does, in this process. */
export async function setUp(databaseUrl: string, options?: ServerOptions): Promise<void> {
  await setUpServer(databaseUrl, MIGRATIONS_DIR, () => undefined, options);
}

/** The one line of a failed start. */
export async function faultOf(databaseUrl: string, options?: ServerOptions): Promise<string> {
  const error: unknown = await setUp(databaseUrl, options).then(
    () => new Error('The set-up works'),
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'DatabaseStartError', message: expect.not.stringContaining('\n') });
  return (error as Error).message;
}
