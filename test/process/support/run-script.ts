import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The end of a script of this repository. */
interface ScriptEnd {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Starts a TypeScript file of this repository in a process of its own. Its environment is `env` and `PATH`. */
export function spawnScript(path: string, args: readonly string[], env: Record<string, string>) {
  return spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs a TypeScript file of this repository to its end. */
export async function runScript(
  path: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<ScriptEnd> {
  const child = spawnScript(path, args, env);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number | null, stdout, stderr };
}
