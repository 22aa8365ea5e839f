import type { TestDatabase } from '../../support/database.js';
import { runProgram, type ProgramResult } from './run-program.js';

/** Runs the program of `npm run admin` to its end, with an input that has ended or this text. */
export function runAdmin(
  { env }: Pick<TestDatabase, 'env'>,
  argv: readonly string[],
  input = '',
): Promise<ProgramResult> {
  const { DATABASE_URL, DATA_DIR } = env;
  // No SECRETS_KEY: the commands need none.
  const variables = { DATA_DIR: String(DATA_DIR), ...(DATABASE_URL === undefined ? {} : { DATABASE_URL }) };
  return runProgram('bundle/admin.js', DATA_DIR, variables, argv, { input });
}

/**
 * Runs a command with `--json`, which must succeed.
 *
 * @returns its `data`
 */
// Tests assert the form of an answer. A declaration of it here would assert nothing.
// oxlint-disable-next-line typescript/no-explicit-any
export async function adminData(database: Pick<TestDatabase, 'env'>, ...argv: string[]): Promise<any> {
  const { code, stdout, stderr } = await runAdmin(database, [...argv, '--json']);
  if (code !== 0) throw new Error(`${argv.join(' ')} failed with ${code}: ${stderr}`);
  return (JSON.parse(stdout) as { data: unknown }).data;
}
