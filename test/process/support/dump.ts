import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TestDatabase } from '../../support/database.js';

const run = promisify(execFile);

/** Dumps a database of the server with the commands of docs/operating.md. */
export async function dump({ env }: Pick<TestDatabase, 'env'>, file: string): Promise<void> {
  await run('pg_dump', ['--format=custom', `--file=${file}`, env.DATABASE_URL!]);
}

/** Restores a dump into an empty database. */
export async function restore({ env }: Pick<TestDatabase, 'env'>, file: string): Promise<void> {
  await run('pg_restore', [
    '--exit-on-error',
    '--single-transaction',
    '--no-owner',
    '--no-privileges',
    `--dbname=${env.DATABASE_URL!}`,
    file,
  ]);
}
