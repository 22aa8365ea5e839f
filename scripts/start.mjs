import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { NODE_OPTIONS } from './node-options.mjs';

const MAIN = fileURLToPath(new URL('../dist/bundle/main.js', import.meta.url));

// V8 reads these options only at the start of a process. A shell's `exec` would need no second process, but Windows lacks it.
const child = spawn(process.execPath, [...NODE_OPTIONS, MAIN, ...process.argv.slice(2)], { stdio: 'inherit' });

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // On Windows `kill` ends the child at once, and the console sends Ctrl-C to the child itself.
  process.on(signal, () => process.platform === 'win32' || child.kill(signal));
}

// npm starts scripts in a shell, and ends it by SIGTERM. Most shells do not pass the signal on: this process gets another parent.
const shell = process.env.npm_lifecycle_event === undefined ? undefined : process.ppid;
const watch = setInterval(() => {
  if (shell === undefined || process.ppid === shell) return;
  clearInterval(watch);
  child.kill('SIGTERM');
}, 500);

child.once('exit', (code, signal) => {
  if (signal === null) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
