/** Selections of `test/e2e`, without the endings of files. `events/` names all specs of a folder. */

/**
 * Specs that together run the SQL statements which this project writes by hand: of requests, dispatch, recovery and retention.
 * `npm test` runs them on both databases, and all other specs on the server alone. `npm run test:everywhere` has the rest.
 */
export const STATEMENTS = [
  'dispatch/deletion',
  'dispatch/ordering',
  'dispatch/plans',
  'dispatch/rate-limit',
  'dispatch/retries',
  'dispatch/throttling',
  'events/batch',
  'events/filter-properties',
  'events/hot-statements',
  'events/idempotency',
  'events/publish',
  'events/stream',
  'events/transaction',
  'log/filter-model',
  'log/filters',
  'log/paging',
  'log/recover',
  'log/recover-choices',
  'log/resend',
  'log/stats',
  'log/stats-summaries',
  'metrics',
  'retention',
  'secrets-reencryption',
  'webhook-auth',
  'webhook-event-patterns',
  'webhook-filters',
  'webhook-headers',
  'webhook-limit',
];

const ADAPTER = [
  'callers/bearer-guard',
  'callers/bodies',
  'callers/rate-limit',
  'callers/strict-types',
  'events/stream',
  'webhooks',
];

/** The contract, as an application on Express serves it. */
export const EXPRESS = {
  /** Specs of what an HTTP adapter can change: routes, bodies, headers, query strings. */
  few: ADAPTER,
  all: [
    ...ADAPTER,
    'contract/',
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
    'queue/header-lines',
    'queue/retry-after',
    'dispatcher/dns-name-resolver',
    'dispatcher/target-*',
    'events/idempotency-key',
    'targets/*',
  ],
  endToEnd: ['callers/user-isolation'],
};

/**
 * Specs of `test/process` that take minutes together: they pack the package, install applications, compile clients, or start
 * many processes and servers. `npm run test:slow` runs them, `npm test` does not.
 */
export const SLOW_PROCESSES = [
  'admin',
  'admin-erase',
  'admin-server',
  'assembled-service',
  'bench-beside',
  'bench-soak',
  'database-cluster',
  'database-hosts',
  'database-locked',
  'database-pooler-limits',
  'database-poolers',
  'database-schemas',
  'database-session-settings',
  'drift',
  'embedded-first-start',
  'event-streams',
  'generated-clients',
  'load-balancer',
  'log-plans',
  'metrics-without-database',
  'migrator',
  'one-process-per-directory',
  'package',
  'rate-limit',
  'restore',
  'rolling-upgrade',
  'secrets-check',
  'secrets-reencryption',
  'transfer',
];
