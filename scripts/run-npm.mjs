import { spawnSync } from 'node:child_process';
import { delimiter, dirname } from 'node:path';

/**
 * Runs `npm <args>` in a folder and prints the duration. The caller must itself be started by npm.
 *
 * @param {{ cwd: string, node?: string }} where `node`: the path of the Node.js program, by default the running one
 * @param {string[]} args
 */
export function runNpm({ cwd, node = process.execPath }, ...args) {
  const start = performance.now();
  const { status } = spawnSync(node, [process.env.npm_execpath, ...args], {
    cwd,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
  });
  const seconds = ((performance.now() - start) / 1_000).toFixed(0);
  console.log(`npm ${args.join(' ')} ended with ${status} after ${seconds} s.`);
  if (status !== 0) process.exit(1);
}
