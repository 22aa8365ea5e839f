import { spawnSync } from 'node:child_process';
import { delimiter, dirname } from 'node:path';

/**
 * Runs `npm <args>` with a Node.js in a folder, and says how long it took. Works where npm itself runs this.
 *
 * @param {{ cwd: string, node?: string }} where `node`: the path of the program; the one that runs this by default
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
