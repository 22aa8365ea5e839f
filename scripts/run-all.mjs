// Runs scripts of package.json one after the other, and says how long each took: node scripts/run-all.mjs <name …>
import { runNpm } from './run-npm.mjs';

for (const name of process.argv.slice(2)) runNpm({ cwd: process.cwd() }, 'run', '--silent', name);
