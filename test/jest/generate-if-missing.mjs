import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PRISMA = new URL('../../node_modules/prisma/build/index.js', import.meta.url);
const GENERATED = new URL('../../src/generated/prisma/client.ts', import.meta.url);
const SCHEMA = new URL('../../prisma/schema.prisma', import.meta.url);

/** Generates the Prisma client, which some units import, where it is missing or older than its schema. */
export default function generateIfMissing() {
  const generated = statSync(GENERATED, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (generated >= statSync(SCHEMA).mtimeMs) return;
  // Without npm, whose start takes longer than a test.
  execFileSync(process.execPath, [fileURLToPath(PRISMA), 'generate', '--no-hints'], { cwd: ROOT, stdio: 'ignore' });
}
