import { readFileSync } from 'node:fs';
import { dependencyFaults, type Lock, type Manifest } from './dependency-faults.js';

const read = (path: string): string => readFileSync(path, 'utf8');

const faults = dependencyFaults(
  JSON.parse(read('package.json')) as Manifest,
  JSON.parse(read('package-lock.json')) as Lock,
  read('docs/dependencies.md'),
);
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
