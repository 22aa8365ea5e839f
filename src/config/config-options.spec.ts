import { describe, expect, it } from '@jest/globals';
import { configOf } from './config-options.js';
import { loadConfig } from './environment.js';

const SERVER = { databaseUrl: 'postgresql://app@db/app', secretsKey: Buffer.alloc(32, 1) };

function faultsOf(options: Record<string, unknown>): string {
  try {
    configOf(options);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

describe('The options of a host application', () => {
  it('have the same defaults as the environment variables', () => {
    expect(configOf({})).toEqual(loadConfig({}));
  });

  it('accept values of the types in AppConfig', () => {
    const config = configOf({
      ...SERVER,
      requireHttps: false,
      allowedNetworks: ['10.0.0.0/8', 'fd00::/8'],
      retrySchedule: [0, 5_000],
      secretsKeyFallbacks: [Buffer.alloc(32, 2)],
      retentionDays: 7,
      retentionDaysByEvent: { 'extraction.failed': 90 },
      logFormat: undefined,
    });
    expect(config).toMatchObject({
      ...SERVER,
      requireHttps: false,
      allowedNetworks: ['10.0.0.0/8', 'fd00::/8'],
      retrySchedule: [0, 5_000],
      secretsKeyFallbacks: [Buffer.alloc(32, 2)],
      retentionDays: 7,
      retentionDaysByEvent: { 'extraction.failed': 90 },
    });
  });

  it('accept the texts of environment variables', () => {
    const config = configOf({
      databaseUrl: SERVER.databaseUrl,
      secretsKey: SERVER.secretsKey.toString('hex'),
      requireHttps: 'false',
      retrySchedule: '0s,5s',
      retentionDays: '7',
    });
    expect(config).toMatchObject({ ...SERVER, requireHttps: false, retrySchedule: [0, 5_000], retentionDays: 7 });
  });

  it.each([
    ['postgresql://app@db/app', 'postgresql://app@db/app?schema=doc%20map'],
    ['postgresql://app@db/app?sslmode=require', 'postgresql://app@db/app?sslmode=require&schema=doc%20map'],
    ['host=db dbname=app', "host=db dbname=app schema='doc map'"],
  ])('add a schema to %s', (databaseUrl, expected) => {
    expect(configOf({ ...SERVER, databaseUrl, schema: 'doc map' }).databaseUrl).toBe(expected);
  });

  it('report all errors at once by the names of the options', () => {
    const faults = faultsOf({
      databaseUrl: 'postgresql://app@db/app',
      retentionDays: 0,
      retries: 3,
      schema: 'pg_mine',
      corsOrigins: { not: 'a list' },
    });
    expect(faults).toMatch(/retries is not an option; the options are schema, port, host/);
    expect(faults).toMatch(/schema must have 1 to 63 characters/);
    expect(faults).toMatch(/corsOrigins must be a text, a number, a boolean or a list; it is object/);
    expect(faults).toMatch(/retentionDays must be .*; it is "0"/);
    expect(faults).toMatch(/secretsKey is required with databaseUrl/);
  });

  it('never appear in a message when they may be secret', () => {
    const secret = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ';
    const faults = faultsOf({ secretsKey: secret, bootstrapApiKey: secret, databaseUrl: `mysql://app:${secret}@db` });
    expect(faults).toMatch(/secretsKey must be 32 bytes/);
    expect(faults).not.toContain(secret);
  });
});
