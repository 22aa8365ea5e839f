import type { TestDatabase } from '../../support/database.js';
import { runProgram, type ProgramResult } from './run-program.js';

type Options = Parameters<typeof runProgram>[4];

/** Runs the program of `npm run db:export` or `npm run db:import` to its end. */
export function transfer(
  direction: 'export' | 'import',
  path: string,
  database: Pick<TestDatabase, 'env'>,
  env: Record<string, string> = {},
  options?: Options,
): Promise<ProgramResult> {
  return runProgram(
    'bundle/transfer.js',
    database.env.DATA_DIR,
    { ...database.env, ...env },
    [direction, path],
    options,
  );
}
