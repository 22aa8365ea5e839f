import { readFileSync } from 'node:fs';
import type { Lock } from './dependency-faults.js';
import { licenceFaults } from './licence-faults.js';

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;
const faults = licenceFaults(lock, readFileSync('docs/dependencies.md', 'utf8'));
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
