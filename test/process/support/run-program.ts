import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The end of a program, and its output. */
export interface ProgramResult {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs a built program to its end.
 *
 * @param script a path below `dist`, or a URL of a file
 * @param cwd a folder without an .env file, which the program would read
 * @param env all environment variables except `PATH`
 * @param signal ends the program with SIGKILL
 */
export function runProgram(
  script: string,
  cwd: string | undefined,
  env: Record<string, string>,
  argv: readonly string[] = [],
  { signal, execArgv = [] }: { signal?: AbortSignal; execArgv?: readonly string[] } = {},
): Promise<ProgramResult> {
  const path = fileURLToPath(new URL(script, new URL('../../../dist/', import.meta.url)));
  const options = { cwd, env: { PATH: process.env.PATH, ...env }, signal, killSignal: 'SIGKILL' as const };
  return new Promise((resolve) => {
    execFile(process.execPath, [...execArgv, path, ...argv], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
