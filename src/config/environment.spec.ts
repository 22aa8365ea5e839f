import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { AppConfig } from './app-config.js';
import { decodeKey } from './decode-key.js';
import { ConfigError } from './config-error.js';
import { configWarnings } from './config-warnings.js';
import { loadConfig } from './environment.js';

const DATABASE_URL = 'postgresql://user:password@db.example:5432/docmap';
const SECRETS_KEY = randomBytes(32).toString('base64');
const FALLBACKS = [randomBytes(32), randomBytes(32)] as const;
const API_KEY = 'dm_live_abc123def456ghi789jkl012mno345';
const HOUR = 3_600_000;

/** The errors in an environment. Empty for a valid one. */
function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe('The configuration', () => {
  it('has these defaults', () => {
    expect(loadConfig({})).toEqual(
      new AppConfig({
        port: 3000,
        host: '0.0.0.0',
        databaseUrl: undefined,
        directDatabaseUrl: undefined,
        autoMigrate: true,
        dataDir: './data',
        role: 'all',
        bootstrapApiKey: undefined,
        bootstrapUserId: 'uid_local',
        secretsKey: undefined,
        webhookContact: undefined,
        secretsKeyFallbacks: [],
        requireHttps: true,
        allowedNetworks: [],
        deliveryProxy: undefined,
        deliveryTimeoutMs: 10_000,
        retrySchedule: [0, 5_000, 300_000, HOUR / 2, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR],
        dispatchConcurrency: 256,
        dispatchConcurrencyPerWebhook: 10,
        dispatchConcurrencyPerHost: 128,
        dispatchRatePerHost: 1_000,
        retentionDays: 30,
        retentionDaysByEvent: {},
        rateLimitPerMinute: 600,
        publishRateLimitPerMinute: 0,
        authFailuresPerMinute: 100,
        trustProxy: [],
        corsOrigins: [],
        requestTimeoutMs: 60_000,
        maxConnections: 10_000,
        shutdownDelayMs: 0,
        logLevel: 'info',
        logFormat: undefined,
      }),
    );
  });

  it('reads every variable', () => {
    const config = loadConfig({
      PORT: '8080',
      HOST: '127.0.0.1',
      DATABASE_URL,
      DIRECT_DATABASE_URL: `${DATABASE_URL}_direct`,
      MIGRATE_ON_START: 'false',
      DATA_DIR: '/var/lib/docmap',
      ROLE: 'dispatcher',
      BOOTSTRAP_API_KEY: API_KEY,
      BOOTSTRAP_USER_ID: 'uid_a1b2c3d4e5f6',
      SECRETS_KEY,
      WEBHOOK_CONTACT: 'https://docmap.example/webhooks',
      SECRETS_KEY_FALLBACKS: `${FALLBACKS[0].toString('hex')}, ${FALLBACKS[1].toString('base64')}`,
      WEBHOOK_REQUIRE_HTTPS: 'false',
      WEBHOOK_ALLOWED_NETWORKS: '10.1.0.0/16, fd00::/8',
      DELIVERY_PROXY: 'http://user:password@proxy.example.com:3128',
      DELIVERY_TIMEOUT_MS: '2500',
      RETRY_SCHEDULE: '0s, 500ms, 1d',
      DISPATCH_CONCURRENCY: '64',
      DISPATCH_CONCURRENCY_PER_WEBHOOK: '4',
      DISPATCH_CONCURRENCY_PER_HOST: '32',
      DISPATCH_RATE_PER_HOST: '0',
      RETENTION_DAYS: '7',
      RETENTION_DAYS_BY_EVENT: 'extraction.failed=90, extraction.completed=7',
      RATE_LIMIT_PER_MINUTE: '0',
      PUBLISH_RATE_LIMIT_PER_MINUTE: '100000000',
      AUTH_FAILURES_PER_MINUTE: '5',
      TRUST_PROXY: '10.0.0.5, fd00::/8',
      CORS_ORIGINS: 'https://app.example.com, http://localhost:5173',
      REQUEST_TIMEOUT_MS: '30000',
      MAX_CONNECTIONS: '500',
      SHUTDOWN_DELAY_MS: '15000',
      LOG_LEVEL: 'debug',
      LOG_FORMAT: 'pretty',
    });
    expect(config).toEqual(
      new AppConfig({
        port: 8080,
        host: '127.0.0.1',
        databaseUrl: DATABASE_URL,
        directDatabaseUrl: `${DATABASE_URL}_direct`,
        autoMigrate: false,
        dataDir: '/var/lib/docmap',
        role: 'dispatcher',
        bootstrapApiKey: API_KEY,
        bootstrapUserId: 'uid_a1b2c3d4e5f6',
        secretsKey: Buffer.from(SECRETS_KEY, 'base64'),
        webhookContact: 'https://docmap.example/webhooks',
        secretsKeyFallbacks: FALLBACKS,
        requireHttps: false,
        allowedNetworks: ['10.1.0.0/16', 'fd00::/8'],
        deliveryProxy: 'http://user:password@proxy.example.com:3128',
        deliveryTimeoutMs: 2_500,
        retrySchedule: [0, 500, 86_400_000],
        dispatchConcurrency: 64,
        dispatchConcurrencyPerWebhook: 4,
        dispatchConcurrencyPerHost: 32,
        dispatchRatePerHost: 0,
        retentionDays: 7,
        retentionDaysByEvent: { 'extraction.failed': 90, 'extraction.completed': 7 },
        rateLimitPerMinute: 0,
        publishRateLimitPerMinute: 100_000_000,
        authFailuresPerMinute: 5,
        trustProxy: ['10.0.0.5', 'fd00::/8'],
        corsOrigins: ['https://app.example.com', 'http://localhost:5173'],
        requestTimeoutMs: 30_000,
        maxConnections: 500,
        shutdownDelayMs: 15_000,
        logLevel: 'debug',
        logFormat: 'pretty',
      }),
    );
  });

  it('ignores empty, blank and unknown variables', () => {
    const names = ['PORT', 'HOST', 'DATABASE_URL', 'DATA_DIR', 'ROLE', 'BOOTSTRAP_API_KEY', 'BOOTSTRAP_USER_ID'].concat(
      [
        'SECRETS_KEY',
        'SECRETS_KEY_FALLBACKS',
        'WEBHOOK_REQUIRE_HTTPS',
        'WEBHOOK_ALLOWED_NETWORKS',
        'DELIVERY_TIMEOUT_MS',
        'RETRY_SCHEDULE',
      ],
      ['DISPATCH_CONCURRENCY', 'DISPATCH_CONCURRENCY_PER_WEBHOOK', 'RETENTION_DAYS', 'RATE_LIMIT_PER_MINUTE'],
      ['PUBLISH_RATE_LIMIT_PER_MINUTE', 'LOG_LEVEL', 'DISPATCH_CONCURRENCY_PER_HOST', 'DISPATCH_RATE_PER_HOST'],
      ['WEBHOOK_CONTACT', 'LOG_FORMAT'],
      ['AUTH_FAILURES_PER_MINUTE', 'TRUST_PROXY', 'CORS_ORIGINS', 'REQUEST_TIMEOUT_MS', 'MAX_CONNECTIONS'],
      ['SHUTDOWN_DELAY_MS', 'RETENTION_DAYS_BY_EVENT', 'DELIVERY_PROXY'],
    );
    for (const blank of ['', '  ', '\n']) {
      expect(loadConfig(Object.fromEntries(names.map((name) => [name, blank])))).toEqual(loadConfig({}));
    }
    expect(loadConfig({ PORTS: 'nonsense', constructor: 'nonsense', toString: 'nonsense' })).toEqual(loadConfig({}));
  });

  it('ignores spaces around a value', () => {
    expect(loadConfig({ PORT: ' 8080 ', ROLE: 'all\n' })).toMatchObject({ port: 8080, role: 'all' });
  });

  it('is frozen', () => {
    const config = loadConfig({});
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.retrySchedule)).toBe(true);
    expect(Object.isFrozen(config.allowedNetworks)).toBe(true);
    expect(Object.isFrozen(config.secretsKeyFallbacks)).toBe(true);
  });

  it('reports all errors at once in one line each', () => {
    const env = { PORT: 'x', ROLE: 'both', LOG_LEVEL: 'loud', RETENTION_DAYS: '0', SECRETS_KEY: 'short', DATABASE_URL };
    const faults = faultsOf(env);
    expect(faults).toHaveLength(5);
    for (const name of ['PORT', 'ROLE', 'LOG_LEVEL', 'RETENTION_DAYS', 'SECRETS_KEY']) {
      expect(faults.filter((fault) => fault.startsWith(`${name} must `))).toHaveLength(1);
    }
    const { name, message } = new ConfigError(faults);
    expect(name).toBe('ConfigError');
    expect(message.split('\n')).toEqual(['The configuration is not valid:', ...faults.map((fault) => `  ${fault}`)]);
  });

  it.each([
    'extraction.failed',
    'extraction.failed=',
    'extraction.failed=0',
    'extraction.failed=3651',
    'extraction.failed=1.5',
    'extraction.failed=7,extraction.failed=8',
    '=7',
  ])('refuses a retention of event types in one line: %s', (text) => {
    expect(faultsOf({ RETENTION_DAYS_BY_EVENT: text })).toEqual([
      expect.stringMatching(/^RETENTION_DAYS_BY_EVENT must be different event types, each with days from 1 to 3650/),
    ]);
  });

  it('refuses the retention of an unknown event type in one line', () => {
    const fault = 'RETENTION_DAYS_BY_EVENT: "extraction.done" is not an event type; use extraction.failed';
    expect(() =>
      loadConfig({ RETENTION_DAYS_BY_EVENT: 'extraction.done=7' }, { eventTypes: ['extraction.failed'] }),
    ).toThrow(new ConfigError([fault]).message);
  });

  it('never repeats a value that may be a secret', () => {
    const secret = 'hunter2-hunter2-hunter2';
    const faults = faultsOf({
      DATABASE_URL: `mysql://root:${secret}@db/docmap`,
      SECRETS_KEY: secret,
      SECRETS_KEY_FALLBACKS: `${SECRETS_KEY},${secret}`,
      BOOTSTRAP_API_KEY: secret,
      SECRETS_KEI: secret,
    });
    expect(faults).toHaveLength(5);
    expect(new ConfigError(faults).message).not.toContain('hunter2');
    expect(new ConfigError(faults).message).not.toContain(SECRETS_KEY);
  });

  it('shows an invalid value without credentials', () => {
    const faults = faultsOf({
      PORT: '80a',
      ROLE: 'both\u001b',
      DATABASE_URL: 'mysql://root:hunter2@db/docmap',
      SECRETS_KEY,
    });
    expect(faults).toEqual([
      'PORT must be a whole number from 0 to 65535; it is "80a"',
      expect.stringMatching(/^DATABASE_URL must be .*; it is "mysql:\/\/\*{8}@db\/docmap"$/),
      'ROLE must be one of all, api, dispatcher; it is "both\\u001b"',
    ]);
  });

  it('names a misspelt variable when the start fails', () => {
    expect(faultsOf({ DATABASE_URL, SECRET_KEY: SECRETS_KEY })).toEqual([
      expect.stringMatching(/^SECRETS_KEY is required with DATABASE_URL/),
      'SECRET_KEY is not a variable of this service and is ignored; did you mean SECRETS_KEY?',
    ]);
  });

  it('warns only of an empty DATABASE_URL and of misspelt names', () => {
    expect(configWarnings({ PATH: '/bin', HOME: '/root', PORT: '1', DATABASE_URL })).toEqual([]);
    expect(configWarnings({ DATABASE_URL: ' ', LOG_LEVL: 'info' })).toEqual([
      'DATABASE_URL is empty: the embedded database in DATA_DIR is used',
      'LOG_LEVL is not a variable of this service and is ignored; did you mean LOG_LEVEL?',
    ]);
  });

  it('requires SECRETS_KEY with DATABASE_URL and says how to generate one', () => {
    expect(faultsOf({ DATABASE_URL })).toEqual([
      'SECRETS_KEY is required with DATABASE_URL: make one with "openssl rand -base64 32" and keep it safe',
    ]);
  });

  it.each(['127.0.0.1', '::1', 'localhost'])('accepts the example key when HOST is %s', (HOST) => {
    expect(faultsOf({ BOOTSTRAP_API_KEY: API_KEY, HOST })).toEqual([]);
  });

  it.each(['', '0.0.0.0', '10.0.0.1', 'my-host'])('rejects the example key when HOST is "%s"', (HOST) => {
    expect(faultsOf({ BOOTSTRAP_API_KEY: API_KEY, HOST })).toEqual([
      'BOOTSTRAP_API_KEY is the example key of the documents, which is public: make one with ' +
        '"echo dm_live_$(openssl rand -hex 32)", or set HOST=127.0.0.1 to try the service on this machine alone',
    ]);
  });

  it.each(['api', 'dispatcher'])('requires DATABASE_URL when ROLE is %s', (ROLE) => {
    expect(faultsOf({ ROLE })).toEqual([
      `ROLE=${ROLE} needs DATABASE_URL: the embedded database serves one process only`,
    ]);
    expect(faultsOf({ ROLE, DATABASE_URL, SECRETS_KEY })).toEqual([]);
  });
});

describe('decodeKey', () => {
  const bytes = Buffer.from('fb'.repeat(31) + 'ff', 'hex');

  it.each([
    ['hex', bytes.toString('hex')],
    ['upper-case hex', bytes.toString('hex').toUpperCase()],
    ['base64', bytes.toString('base64')],
    ['base64 without padding', bytes.toString('base64').replace('=', '')],
    ['base64url', bytes.toString('base64url')],
  ])('decodes %s', (_form, text) => {
    expect(decodeKey(text)).toEqual(bytes);
  });

  it.each([
    ['', ''],
    ['31 bytes of hex', 'ab'.repeat(31)],
    ['33 bytes of hex', 'ab'.repeat(33)],
    ['31 bytes of base64', randomBytes(31).toString('base64')],
    ['33 bytes of base64', randomBytes(33).toString('base64')],
    ['other characters', '!'.repeat(43)],
    ['a trailing line break', `${SECRETS_KEY}\n`],
  ])('rejects %s', (_form, text) => {
    expect(decodeKey(text)).toBeUndefined();
  });
});
