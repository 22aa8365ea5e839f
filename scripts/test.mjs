import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const JEST = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));

/** Environment variables and arguments of a suite, keyed by the name after `--suite=`. */
const SUITES = {
  crash: {
    env: { CRASH_TESTS: 'long' },
    args: ['test/crash', '--selectProjects', 'processes', '--maxConcurrency', '4'],
  },
  fuzz: { env: { FUZZ_TESTS: 'long' }, args: ['test/fuzz', '--selectProjects', 'processes'] },
  hostile: {
    env: { HOSTILE_TESTS: 'report' },
    args: [
      'test/hostile',
      'src/targets',
      'src/dispatcher/target',
      'src/dispatcher/dns-name',
      'src/queue/retry-after',
      'src/queue/header-lines',
      'src/common/cursor',
      'src/auth/request-authenticator',
      'src/config/duration',
      'src/events/idempotency-key',
      'test/e2e/callers/user-isolation',
      '--selectProjects',
      'unit',
      'e2e on server',
      'processes',
    ],
  },
};

const given = process.argv.slice(2);
const suite = given[0]?.startsWith('--suite=') ? given.shift().slice('--suite='.length) : undefined;
const { env, args } = suite === undefined ? { env: {}, args: [] } : SUITES[suite];
const node = ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning', JEST];
const { status } = spawnSync(process.execPath, [...node, ...args, ...given], {
  stdio: 'inherit',
  env: { ...process.env, ...env },
});
process.exitCode = status ?? 1;
