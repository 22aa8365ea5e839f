import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../../dist/bundle/migrate.js', import.meta.url));

/** Runs the program of `npm run migrate` to its end, or that of another installation. */
export function runMigrate(
  cwd: string,
  env: Record<string, string>,
  script = SCRIPT,
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script], { cwd, env: { PATH: process.env.PATH, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
