import { probeServer, SERVER_URL } from './test/support/test-server.mjs';

const serverProblem = await probeServer();
if (serverProblem !== undefined) {
  const message = `PostgreSQL at ${new URL(SERVER_URL).host} can't be used: ${serverProblem}.`;
  if (process.env.CI) throw new Error(`${message} Continuous integration needs it.`);
  console.warn(
    `${message} The end-to-end tests run on the embedded database only. TEST_DATABASE_URL names another server.`,
  );
}

/** @type {import('jest').Config} */
const shared = {
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
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

/** A run of everything takes the specs a folder at a time (see import-specs.ts); a run of chosen files takes those. */
const everything = process.argv.slice(2).every((argument) => argument.startsWith('-'));

const endToEnd = (database) => ({
  ...shared,
  displayName: `e2e on ${database}`,
  testMatch: [everything ? '<rootDir>/test/e2e/*.suite.ts' : '<rootDir>/test/e2e/**/*.e2e-spec.ts'],
  // Host applications differ in their modules, not in their statements: once is enough.
  ...(everything && database === 'embedded' ? { testPathIgnorePatterns: ['/embedding\\.suite\\.ts$'] } : {}),
  globals: { TEST_DATABASE: database },
});

/** @type {import('jest').Config} */
export default {
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{src,bench,scripts}/**/*.spec.ts'] },
    endToEnd('embedded'),
    ...(serverProblem === undefined
      ? [
          endToEnd('server'),
          // The contract, as an application on Express serves it.
          {
            ...endToEnd('server'),
            displayName: 'e2e on Express',
            testMatch: [
              '<rootDir>/test/e2e/contract/*.e2e-spec.ts',
              '<rootDir>/test/e2e/webhook{s,-limit,-validation}.e2e-spec.ts',
              '<rootDir>/test/e2e/callers/{bearer-guard,bodies,rate-limit,strict-types}.e2e-spec.ts',
              '<rootDir>/test/e2e/events/{publish,batch,data}.e2e-spec.ts',
              '<rootDir>/test/e2e/log/{filters,paging}.e2e-spec.ts',
            ],
            globals: { TEST_DATABASE: 'server', TEST_ADAPTER: 'express' },
          },
          {
            ...shared,
            displayName: 'processes',
            testMatch: ['<rootDir>/test/{process,crash,fuzz,hostile}/**/*.e2e-spec.ts'],
          },
        ]
      : []),
  ],
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  reporters: ['default', '<rootDir>/test/support/fuzz-seed-reporter.mjs'],
  testTimeout: 30_000,
  testSequencer: '<rootDir>/test/support/longest-first.mjs',
  // Half of the time the tests wait: for timers, sockets and other processes.
  maxWorkers: 3,
  workerIdleMemoryLimit: '2GB',
  maxConcurrency: 3,
};
