import type { TestDatabase } from '../../support/database.js';
import { runProgram, type ProgramResult } from './run-program.js';

/** Runs the program of `npm run secrets:reencrypt` to its end. */
export function reencryptSecrets(
  database: Pick<TestDatabase, 'env'>,
  env: Record<string, string> = {},
  ...argv: string[]
): Promise<ProgramResult> {
  return runProgram('bundle/reencrypt-secrets.js', database.env.DATA_DIR, { ...database.env, ...env }, argv);
}
