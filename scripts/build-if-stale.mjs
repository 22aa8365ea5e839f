import { execSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = [
  'src',
  'scripts/bundle.ts',
  'scripts/database-template.ts',
  'nest-cli.json',
  'scripts/compile.ts',
  'scripts/library.ts',
  'scripts/own-source-map.ts',
  'scripts/plain-type-names.ts',
  'scripts/shipped-packages.ts',
  'scripts/swagger-plugin.ts',
  'scripts/third-party-notices.ts',
  'LICENSE',
  'prisma',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

/** The time of the newest change at or below a path, without generated files and unit tests. */
function newest(path) {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  const inside = readdirSync(path).filter((name) => name !== 'generated' && !name.endsWith('.spec.ts'));
  return Math.max(0, ...inside.map((name) => newest(join(path, name))));
}

const built = statSync('dist/bundle/main.js', { throwIfNoEntry: false })?.mtimeMs ?? 0;
if (SOURCES.some((path) => newest(path) > built)) {
  const start = performance.now();
  console.error('Building the service: this takes 10 to 20 seconds, and only after a source has changed …');
  // Uses a shell: on Windows npm is a script that only a shell can start.
  execSync('npm run --silent build', { stdio: ['ignore', 'ignore', 'inherit'] });
  console.error(`Built in ${((performance.now() - start) / 1_000).toFixed(0)} s.`);
}
