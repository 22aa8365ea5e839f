import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TestDatabase } from '../../support/database.js';

const SCRIPT = fileURLToPath(new URL('../../../dist/bundle/reencrypt-secrets.js', import.meta.url));

/** Runs the program of `npm run secrets:reencrypt` to its end. */
export function reencryptSecrets(
  { env: databaseEnv }: Pick<TestDatabase, 'env'>,
  env: Record<string, string> = {},
  ...argv: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const options = {
    // A folder without an .env file, which it would read.
    cwd: databaseEnv.DATA_DIR,
    env: { PATH: process.env.PATH, ...databaseEnv, ...env },
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...argv], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
