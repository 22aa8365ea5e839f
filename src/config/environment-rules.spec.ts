import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { ConfigError } from './config-error.js';
import { loadConfig } from './environment.js';
import { shownValue } from './shown-value.js';

/** Other variables that must be set for a valid value of a variable. */
const BESIDE: Record<string, Record<string, string>> = {
  BOOTSTRAP_API_KEY: { HOST: '127.0.0.1' },
  DATABASE_URL: { SECRETS_KEY: randomBytes(32).toString('base64') },
  ROLE: { DATABASE_URL: 'postgresql://localhost/docmap', SECRETS_KEY: randomBytes(32).toString('hex') },
};

interface Rule {
  variable: string;
  fault: string;
  refused: string[];
  taken: string[];
}

function wholeNumber(variable: string, min: number, max: number): Rule {
  const fault = `${variable} must be a whole number from ${min} to ${max}`;
  const refused = [
    `${min - 1}`,
    `${max + 1}`,
    '-1',
    '+1',
    '1.5',
    '1e2',
    '0x10',
    'ten',
    '1,000',
    '1 000',
    'NaN',
    'Infinity',
  ];
  return { variable, fault, refused, taken: [`${min}`, `${max}`] };
}

const RULES: Rule[] = [
  wholeNumber('PORT', 0, 65_535),
  wholeNumber('DELIVERY_TIMEOUT_MS', 100, 600_000),
  wholeNumber('DISPATCH_CONCURRENCY', 1, 10_000),
  wholeNumber('DISPATCH_CONCURRENCY_PER_WEBHOOK', 1, 10_000),
  wholeNumber('DISPATCH_CONCURRENCY_PER_HOST', 1, 10_000),
  wholeNumber('DISPATCH_RATE_PER_HOST', 0, 100_000),
  wholeNumber('RETENTION_DAYS', 1, 3_650),
  wholeNumber('RATE_LIMIT_PER_MINUTE', 0, 1_000_000),
  wholeNumber('PUBLISH_RATE_LIMIT_PER_MINUTE', 0, 100_000_000),
  wholeNumber('AUTH_FAILURES_PER_MINUTE', 0, 1_000_000),
  wholeNumber('REQUEST_TIMEOUT_MS', 1_000, 3_600_000),
  wholeNumber('MAX_CONNECTIONS', 1, 1_000_000),
  wholeNumber('SHUTDOWN_DELAY_MS', 0, 600_000),
  {
    variable: 'TRUST_PROXY',
    fault: 'TRUST_PROXY must be addresses or CIDRs separated by commas, such as 10.0.0.5,10.1.0.0/16',
    // With a number of hops or "all", a client that bypasses the proxy could choose its address.
    refused: ['true', 'false', '1', '*', 'proxy.example.com', '10.0.0.0/33', '10.0.0', '10.0.0.5;10.0.0.6'],
    taken: ['10.0.0.5', '10.0.0.0/8', '::1', 'fd00::/8', '10.0.0.5, 10.0.0.6,fd00::/8'],
  },
  {
    variable: 'CORS_ORIGINS',
    fault: 'CORS_ORIGINS must be origins separated by commas, such as https://app.example.com',
    refused: [
      '*',
      'true',
      'null',
      'app.example.com',
      'https://app.example.com/',
      'https://app.example.com/path',
      'https://*.example.com',
      'https://APP.example.com',
      'https://app.example.com:443',
      'https://user@app.example.com',
      'ftp://app.example.com',
      'https://app.example.com https://other.example.com',
    ],
    taken: ['https://app.example.com', 'http://localhost:5173', 'https://a.example.com, https://b.example.com:8443'],
  },
  {
    variable: 'WEBHOOK_CONTACT',
    fault:
      'WEBHOOK_CONTACT must be a URL (https) or an e-mail address, of visible ASCII characters without parentheses',
    refused: [
      'nobody',
      'http://docmap.example',
      'https://docmap.example/(x)',
      'a b@docmap.example',
      'https://ü.example',
    ].concat(['x@docmap.example\r\nx: y', `https://docmap.example/${'x'.repeat(200)}`]),
    taken: ['https://docmap.example/webhooks', 'security@docmap.example'],
  },
  {
    variable: 'DELIVERY_PROXY',
    fault:
      'DELIVERY_PROXY must be an http or https URL without a path, such as http://user:password@proxy.example.com:3128, ' +
      'with percent-encoded credentials',
    refused: ['proxy', 'proxy:3128', 'socks5://proxy:1080', 'http://user:secret@proxy/path', 'http://user:100%@proxy'],
    taken: ['http://proxy:3128', 'https://user:p%40ss@proxy.example.com', 'http://[fd00::8]:3128/'],
  },
  {
    variable: 'HOST',
    fault: 'HOST must be a host name or an IP address',
    refused: ['http://localhost', 'a b', '*', '[::]', 'localhost/'],
    taken: ['0.0.0.0', '127.0.0.1', '::', '::1', 'localhost', 'my-host.example.com'],
  },
  {
    variable: 'DATABASE_URL',
    fault: 'DATABASE_URL must be a connection string such as postgresql://user:password@host:5432/database',
    refused: ['localhost', 'localhost:5432/docmap', 'mysql://localhost/docmap', 'file:./data.db', 'https://db.example'],
    taken: ['postgresql://localhost/docmap', 'postgres://user:p%40ss@db.example:6432/docmap?sslmode=require'],
  },
  { variable: 'DATA_DIR', fault: '', refused: [], taken: ['/var/lib/docmap', 'data', './a b'] },
  {
    variable: 'ROLE',
    fault: 'ROLE must be one of all, api, dispatcher',
    refused: ['both', 'ALL', 'worker', 'all,api', 'constructor'],
    taken: ['all', 'api', 'dispatcher'],
  },
  {
    variable: 'BOOTSTRAP_API_KEY',
    fault: 'BOOTSTRAP_API_KEY must be dm_live_ and 30 to 64 letters or digits',
    refused: [
      'secret',
      'dm_live_',
      `dm_live_${'a'.repeat(29)}`,
      `dm_live_${'a'.repeat(65)}`,
      `dm_test_${'a'.repeat(64)}`,
    ].concat([`dm_live_${'-'.repeat(64)}`, `x dm_live_${'a'.repeat(64)}`]),
    taken: ['dm_live_abc123def456ghi789jkl012mno345', `dm_live_${'0'.repeat(64)}`, `dm_live_${'Z'.repeat(30)}`],
  },
  {
    variable: 'BOOTSTRAP_USER_ID',
    fault: 'BOOTSTRAP_USER_ID must be 1 to 128 visible ASCII characters',
    refused: ['a b', 'ü', 'a\u0000b', 'x'.repeat(129)],
    taken: ['uid_a1b2c3d4e5f6', 'auth0|5f7c8ec7c33c6c004bbafe82', 'x'.repeat(128)],
  },
  {
    variable: 'SECRETS_KEY_FALLBACKS',
    fault: 'SECRETS_KEY_FALLBACKS must be keys of 32 bytes, in base64 or hex, separated by commas',
    refused: ['changeme', 'a'.repeat(63), `${'a'.repeat(64)},short`, `${'a'.repeat(64)} ${'b'.repeat(64)}`],
    taken: ['a'.repeat(64), `${'a'.repeat(64)}, ${randomBytes(32).toString('base64')}`, ','],
  },
  {
    variable: 'SECRETS_KEY',
    fault: 'SECRETS_KEY must be 32 bytes, in base64 or hex',
    refused: ['secret', 'ab'.repeat(16), 'ab'.repeat(33), randomBytes(16).toString('base64')],
    taken: [randomBytes(32).toString('base64'), randomBytes(32).toString('hex'), randomBytes(32).toString('base64url')],
  },
  {
    variable: 'WEBHOOK_REQUIRE_HTTPS',
    fault: 'WEBHOOK_REQUIRE_HTTPS must be true or false',
    refused: ['1', '0', 'yes', 'no', 'TRUE', 'off'],
    taken: ['true', 'false'],
  },
  {
    variable: 'WEBHOOK_ALLOWED_NETWORKS',
    fault: 'WEBHOOK_ALLOWED_NETWORKS must be CIDRs separated by commas, such as 10.1.0.0/16,fd00::/8',
    refused: [
      '10.0.0.1',
      '10.0.0.0/33',
      'fd00::/129',
      '10.0.0/8',
      'localhost/8',
      '10.0.0.0/8/8',
      '10.0.0.0/',
      '10.0.0.0/-1',
    ].concat(['fe80::1%eth0/10', '*', 'private', '10.0.0.0/8,nonsense', '10.0.0.0/8;10.1.0.0/16']),
    taken: ['127.0.0.0/8', '10.0.0.1/32', '0.0.0.0/0', '::1/128', '10.1.0.0/16,fd00::/8', ' 10.1.0.0/16 , fd00::/8 '],
  },
  {
    variable: 'RETRY_SCHEDULE',
    fault: 'RETRY_SCHEDULE must be 1 to 50 durations of at most 365d separated by commas, such as 0s,5s,5m,2h',
    refused: [
      '5',
      '0s,5',
      '0s;5s',
      'never',
      '-5s',
      '1.5h',
      '1w',
      ',',
      '366d',
      '999999999d',
      Array(51).fill('1s').join(','),
    ],
    taken: ['0s', '0s,5s,5m,30m,2h', '100ms', '365d', Array(50).fill('1s').join(',')],
  },
  {
    variable: 'LOG_LEVEL',
    fault: 'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent',
    refused: ['INFO', 'verbose', 'log', '30'],
    taken: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
  },
  {
    variable: 'LOG_FORMAT',
    fault: 'LOG_FORMAT must be one of json, pretty',
    refused: ['JSON', 'text'],
    taken: ['json', 'pretty'],
  },
];

/** The errors for a value of a variable. Empty for a valid value. */
function faultsOf(variable: string, value: string): readonly string[] {
  try {
    loadConfig({ ...BESIDE[variable], [variable]: value });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

const refusals = RULES.flatMap(({ variable, fault, refused }) => refused.map((value) => ({ variable, value, fault })));
const acceptances = RULES.flatMap(({ variable, taken }) => taken.map((value) => ({ variable, value })));

describe('An invalid value stops the start with one line', () => {
  it.each(refusals)('$variable=$value: $fault', ({ variable, value, fault }) => {
    expect(faultsOf(variable, value)).toEqual([`${fault}${shownValue(variable, value.trim())}`]);
  });
});

describe('A valid value is accepted', () => {
  it.each(acceptances)('$variable=$value', ({ variable, value }) => {
    expect(faultsOf(variable, value)).toEqual([]);
  });
});
