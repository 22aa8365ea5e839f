import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { probeServer, SERVER_URL } from '../support/test-server.mjs';
import { EXPRESS, HOSTILE, SLOW_PROCESSES, STATEMENTS } from './selections.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** @type {import('jest').Config} */
const shared = {
  rootDir: ROOT,
  testEnvironment: '<rootDir>/test/jest/environment.mjs',
  // Jest crawls these folders only: neither the packages nor the build.
  roots: ['src', 'bench', 'scripts', 'test'].map((folder) => `<rootDir>/${folder}`),
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // As `paths` of tsconfig.json: the examples for receivers import the package.
    '^docmap-webhooks/verify$': '<rootDir>/src/verify/index.ts',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2023',
        },
        module: { type: 'es6' },
      },
    ],
  },
};

/** Read by test/support/run-length.ts. */
const LONG = { TEST_LENGTH: 'long' };

const unit = (globals) => ({
  ...shared,
  displayName: 'unit',
  globalSetup: '<rootDir>/test/jest/generate-if-missing.mjs',
  testMatch: ['<rootDir>/{src,bench,scripts}/**/*.spec.ts', '<rootDir>/test/unit/*.suite.ts'],
  globals,
});

/** Jest runs these hooks only when a test of such a project is selected. */
const onDatabase = {
  ...shared,
  globalSetup: '<rootDir>/test/jest/templates-setup.mjs',
  globalTeardown: '<rootDir>/test/jest/templates-teardown.mjs',
};

/**
 * @param {string} name
 * @param {Record<string, unknown>} globals
 * @param {readonly string[]} [selection] entries of selections.mjs; all specs without it
 */
function endToEnd(name, globals, selection) {
  return {
    ...onDatabase,
    displayName: `e2e on ${name}`,
    testMatch:
      selection === undefined
        ? ['<rootDir>/test/e2e/**/*.{suite,e2e-spec}.ts']
        : selection.flatMap(filesOf).map((file) => `<rootDir>/test/e2e/${file}`),
    globals: { ...globals, ...(selection === undefined ? {} : { TEST_SELECTION: selection }) },
  };
}

/** The files of an entry of a selection, and the suite that runs them with others. */
function filesOf(entry) {
  const [folder, spec] = entry.includes('/') ? entry.split('/') : ['', entry];
  const file = spec === '' ? folder : `${entry}.e2e-spec.ts`;
  if (!existsSync(join(ROOT, 'test/e2e', file))) throw new Error(`selections.mjs names ${entry}, which does not exist`);
  return [spec === '' ? `${folder}/*.e2e-spec.ts` : file, `${folder === '' ? 'root' : folder}.suite.ts`];
}

/** Tests of whole processes, which need a PostgreSQL server. */
function processes(testMatch, options) {
  return { ...onDatabase, displayName: 'processes', testMatch, ...options };
}

/** Patterns of the files of {@link SLOW_PROCESSES}. */
function slowProcesses() {
  return SLOW_PROCESSES.map((entry) => {
    const path = `test/${entry.endsWith('/') ? entry : `${entry}.e2e-spec.ts`}`;
    if (!existsSync(join(ROOT, path))) throw new Error(`selections.mjs names ${entry}, which does not exist`);
    return path.endsWith('/') ? `${path}*.e2e-spec.ts` : path;
  });
}

/** Projects that need a PostgreSQL server, besides "e2e on server". */
function serverOnly({ isEverywhere, hasSlow, globals }) {
  const all = ['<rootDir>/test/{process,crash,fuzz,hostile}/**/*.e2e-spec.ts'];
  return [
    endToEnd('Express', { TEST_DATABASE: 'server', TEST_ADAPTER: 'express' }, isEverywhere ? EXPRESS.all : EXPRESS.few),
    processes(hasSlow ? all : [...all, ...slowProcesses().map((path) => `!**/${path}`)], { globals }),
  ];
}

/** Options of a run, which no project can have. */
function run(projects) {
  return {
    rootDir: ROOT,
    projects,
    filter: '<rootDir>/test/jest/whole-folders.cjs',
    reporters: ['default', '<rootDir>/test/jest/fuzz-seed-reporter.mjs'],
    // Ends only a test that hangs, on a slow machine too.
    testTimeout: 60_000,
    testSequencer: '<rootDir>/test/jest/longest-first.mjs',
    // Half of the time the tests wait: for timers, sockets and other processes.
    maxWorkers: 4,
    workerIdleMemoryLimit: '2GB',
    maxConcurrency: 3,
  };
}

/** @returns {Promise<boolean>} false outside continuous integration when no server can be used */
async function hasServer() {
  const problem = await probeServer();
  if (problem === undefined) return true;
  const message = `PostgreSQL at ${new URL(SERVER_URL).host} can't be used: ${problem}.`;
  if (process.env.CI) throw new Error(`${message} Continuous integration needs it.`);
  console.warn(
    `${message} The end-to-end tests run on the embedded database only. TEST_DATABASE_URL names another server.`,
  );
  return false;
}

/** Unit tests alone: no build, no database. */
export function unitTests() {
  return run([unit({})]);
}

/** The slow tests of processes, which `npm test` leaves out. */
export async function slowTests() {
  await hasServer();
  return run([processes(slowProcesses().map((file) => `<rootDir>/${file}`))]);
}

/** Tests of the command line in a terminal. They write their pictures into the documents instead of comparing them. */
export async function terminalPictures() {
  await hasServer();
  return run([processes(['<rootDir>/test/process/cli.e2e-spec.ts'], { globals: { TERMINAL_PICTURES: 'renew' } })]);
}

/** Tests of dashboards and alerts. They need Prometheus. */
export async function operationTests() {
  await hasServer();
  return run([processes(['<rootDir>/test/ops/**/*.e2e-spec.ts'])]);
}

/** Tests of hostile receivers, targets and users in their long form. */
export function hostileTests() {
  return run([
    { ...unit(LONG), testMatch: HOSTILE.units.map((file) => `<rootDir>/src/${file}.spec.ts`) },
    endToEnd('server', { TEST_DATABASE: 'server', ...LONG }, HOSTILE.endToEnd),
    processes(['<rootDir>/test/hostile/**/*.e2e-spec.ts'], { globals: LONG }),
  ]);
}

/** Host applications and receivers differ in their modules and programs, not in statements. They are tested on a server. */
const ON_ONE_DATABASE = ['/test/e2e/(embedding|receivers)[/.]'];

/**
 * Every test once.
 *
 * @param {object} [size]
 * @param {boolean} [size.isEverywhere] all end-to-end tests on both databases except {@link ON_ONE_DATABASE}, the contract in
 *   full on Express, and the slow tests of processes
 * @param {boolean} [size.isLong] the slow tests of processes, and crash, fuzz and hostile tests in their long form
 */
export async function allTests({ isEverywhere = false, isLong = false } = {}) {
  const globals = isLong ? LONG : {};
  const server = await hasServer();
  return run([
    unit(isEverywhere ? LONG : globals),
    {
      ...endToEnd('embedded', { TEST_DATABASE: 'embedded' }, isEverywhere || !server ? undefined : STATEMENTS),
      ...(server ? { testPathIgnorePatterns: ON_ONE_DATABASE } : {}),
    },
    ...(server
      ? [
          endToEnd('server', { TEST_DATABASE: 'server', ...globals }),
          ...serverOnly({ isEverywhere, hasSlow: isEverywhere || isLong, globals }),
        ]
      : []),
  ]);
}
