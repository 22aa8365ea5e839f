/** Selections of `test/e2e`, without the endings of files. `events/` names all specs of a folder. */

/**
 * Specs of hand-written SQL statements that are most likely to differ between PostgreSQL and the embedded database. These have
 * locks, transactions, notifications, JSON paths or uncommon types. `npm test` runs them on both databases, and all other specs on
 * the server alone. `npm run test:everywhere` has the rest.
 */
export const STATEMENTS = [
  'dispatch/deletion',
  'dispatch/ordering',
  'dispatch/rate-limit',
  'dispatch/retries',
  'events/batch',
  'events/hot-statements',
  'events/idempotency',
  'events/publish',
  'events/stream',
  'events/transaction',
  'log/filter-model',
  'log/recover',
  'log/resend',
  'log/stats-summaries',
  'retention',
  'webhook-filters',
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
 * Folders and specs of whole processes that take minutes together. They send random and hostile requests, pack the package,
 * install applications, compile clients, or start many processes and servers. `npm run test:slow` runs them, `npm test` does not.
 */
export const SLOW_PROCESSES = [
  'fuzz/',
  'hostile/',
  'process/admin',
  'process/admin-erase',
  'process/admin-server',
  'process/assembled-service',
  'process/bench-beside',
  'process/bench-soak',
  'process/database-cluster',
  'process/database-hosts',
  'process/database-locked',
  'process/database-pooler-limits',
  'process/database-poolers',
  'process/database-schemas',
  'process/database-session-settings',
  'process/demo-trouble',
  'process/drift',
  'process/embedded-first-start',
  'process/event-streams',
  'process/generated-clients',
  'process/load-balancer',
  'process/log-plans',
  'process/metrics-without-database',
  'process/migrator',
  'process/migrator-and-prisma',
  'process/one-process-per-directory',
  'process/package',
  'process/rate-limit',
  'process/recovery-crash',
  'process/restore',
  'process/rolling-upgrade',
  'process/secrets-check',
  'process/secrets-reencryption',
  'process/transfer',
];
