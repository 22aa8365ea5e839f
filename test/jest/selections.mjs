/** Selections of `test/e2e`, without the endings of files. `events/` names all specs of a folder. */

/**
 * Specs with statements of their own. A run of all tests has them on both databases, and the others on the server alone:
 * these send requests that never reach a database, or only by statements of specs that are listed here.
 */
export const STATEMENTS = [
  'events/',
  'log/',
  'callers/api-key-end',
  'callers/api-key-limit',
  'callers/api-keys',
  'callers/bootstrap-key',
  'callers/user-isolation',
  'dispatch/circuit-breaker',
  'dispatch/claim-under-way',
  'dispatch/concurrency',
  'dispatch/deletion',
  'dispatch/fairness',
  'dispatch/gone',
  'dispatch/pausing',
  'dispatch/plans',
  'dispatch/retries',
  'dispatch/straight-to-work',
  'dispatch/throttling',
  'health',
  'retention',
  'secrets-check',
  'secrets-reencryption',
  'webhook-limit',
  'webhook-metadata',
  'webhook-secret-rotation',
  'webhooks',
];

const ADAPTER = ['callers/bearer-guard', 'callers/bodies', 'callers/rate-limit', 'callers/strict-types', 'webhooks'];

/** The contract, as an application on Express serves it. */
export const EXPRESS = {
  /** Specs of what an HTTP adapter can change: routes, bodies, headers, query strings. */
  few: ADAPTER,
  all: [
    ...ADAPTER,
    'seeds/',
    'webhook-limit',
    'webhook-validation',
    'events/batch',
    'events/data',
    'events/publish',
    'log/filters',
    'log/paging',
  ],
};

/** Files with tests of hostile receivers, targets and users, whose long form counts what it tried. */
export const HOSTILE = {
  units: [
    'auth/request-authenticator',
    'common/cursor',
    'config/duration',
    'deliveries/header-lines',
    'deliveries/retry-after',
    'dispatcher/dns-name-resolver',
    'dispatcher/target-*',
    'events/idempotency-key',
    'targets/*',
  ],
  endToEnd: ['callers/user-isolation'],
};

/**
 * Specs of `test/process` that take minutes together: they pack the package, install applications, compile clients, or start
 * many processes and servers. `npm run test:everywhere` runs them, `npm test` does not.
 */
export const SLOW_PROCESSES = [
  'database-cluster',
  'database-hosts',
  'database-locked',
  'database-pooler-limits',
  'database-poolers',
  'database-schemas',
  'database-session-settings',
  'drift',
  'embedded-first-start',
  'generated-clients',
  'load-balancer',
  'package',
  'rolling-upgrade',
  'secrets-rotation',
];
