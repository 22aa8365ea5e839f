import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { NODE_OPTIONS } from './node-options.mjs';

const MAIN = fileURLToPath(new URL('../dist/bundle/main.js', import.meta.url));

// A process of its own, because V8 takes these options only at its start. `exec` would do without one, but not on Windows.
const child = spawn(process.execPath, [...NODE_OPTIONS, MAIN, ...process.argv.slice(2)], { stdio: 'inherit' });

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // On Windows a signal that is sent ends a process at once. There the console tells the child by itself.
  process.on(signal, () => process.platform === 'win32' || child.kill(signal));
}

child.once('exit', (code, signal) => {
  if (signal === null) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
