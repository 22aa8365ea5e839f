import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { TestDatabase } from '../../support/database.js';

const SCRIPT = fileURLToPath(new URL('../../../dist/bundle/admin.js', import.meta.url));

/** The end of a command and its output. */
export interface AdminRun {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the program of `npm run admin` to its end, with an input that has ended or this text. */
export async function runAdmin(
  { env }: Pick<TestDatabase, 'env'>,
  argv: readonly string[],
  input = '',
): Promise<AdminRun> {
  const { DATABASE_URL, DATA_DIR } = env;
  const child = spawn(process.execPath, [SCRIPT, ...argv], {
    // A folder without an .env file, which it would read.
    cwd: DATA_DIR,
    // No SECRETS_KEY: the commands need none.
    env: { PATH: process.env.PATH, DATA_DIR, ...(DATABASE_URL === undefined ? {} : { DATABASE_URL }) },
  });
  const code = new Promise<number | null>((resolve) => void child.once('close', resolve));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
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
