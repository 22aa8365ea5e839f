import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SHORT_LIFE } from '../../support/server-process.js';

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
 * @param options.signal ends the program with SIGKILL
 * @param options.input the whole standard input. Without it, the standard input stays open and empty
 */
export function runProgram(
  script: string,
  cwd: string | undefined,
  env: Record<string, string>,
  argv: readonly string[] = [],
  { signal, execArgv = SHORT_LIFE, input }: { signal?: AbortSignal; execArgv?: readonly string[]; input?: string } = {},
): Promise<ProgramResult> {
  const path = fileURLToPath(new URL(script, new URL('../../../dist/', import.meta.url)));
  const options = { cwd, env: { PATH: process.env.PATH, ...env }, signal, killSignal: 'SIGKILL' as const };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...execArgv, path, ...argv], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
    if (input === undefined) return;
    // The program may end without reading it.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
