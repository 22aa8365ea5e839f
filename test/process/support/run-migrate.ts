import { pathToFileURL } from 'node:url';
import { runProgram, type ProgramResult } from './run-program.js';

/**
 * Runs the program of `npm run migrate` to its end.
 *
 * @param script the path of that program in another installation
 */
export function runMigrate(cwd: string, env: Record<string, string>, script?: string): Promise<ProgramResult> {
  return runProgram(script === undefined ? 'bundle/migrate.js' : pathToFileURL(script).href, cwd, env);
}
