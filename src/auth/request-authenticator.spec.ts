import { beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import * as fc from 'fast-check';
import { runs } from '../../test/support/run-length.js';
import { DomainError } from '../common/domain-error.js';
import type { AppConfig } from '../config/app-config.js';
import { Authenticator } from './authenticator.js';
import type { Caller } from './caller.js';
import { RequestAuthenticator } from './request-authenticator.js';

const KEY = 'dm_live_abc123def456ghi789jkl012mno345';
const CALLER: Caller = { userId: 'uid_1', keyId: 'key_1', scopes: ['webhooks'] };
const HERE = '198.51.100.1';

Logger.overrideLogger(false);

class OneKey extends Authenticator {
  readonly asked: string[] = [];
  isAway = false;
  isRevoked = false;

  override async authenticate(token: string): Promise<Caller> {
    this.asked.push(token);
    if (this.isAway) throw new DomainError('SERVICE_UNAVAILABLE', 'The database does not answer.');
    if (token !== KEY || this.isRevoked) throw new DomainError('UNAUTHORIZED', 'The API key is invalid.');
    return CALLER;
  }
}

const limitedTo = (limit: number, keys: Authenticator) =>
  new RequestAuthenticator(keys, { authFailuresPerMinute: limit } as AppConfig);

function requestWith(authorization: string | undefined, ip: string | undefined = HERE) {
  return { headers: authorization === undefined ? {} : { authorization }, ip };
}

async function identify(authorization: string | undefined) {
  const keys = new OneKey();
  const caller = await limitedTo(30, keys).identify(requestWith(authorization));
  return { caller, asked: keys.asked };
}

const MISSING_MESSAGE = /^An API key is missing: send "Authorization: Bearer <key>"(?:; [\w ,]+)?\.$/;
const unauthorized = (message: unknown) => expect.objectContaining({ code: 'UNAUTHORIZED', message });
const MISSING = unauthorized(expect.stringMatching(MISSING_MESSAGE));
const INVALID = unauthorized('The API key is invalid.');

describe('The Authorization header', () => {
  it.each([`Bearer ${KEY}`, `bearer ${KEY}`, `BEARER ${KEY}`, `Bearer   ${KEY}`, `Bearer ${KEY}  `])(
    'is accepted as %j',
    async (authorization) => {
      expect(await identify(authorization)).toEqual({ caller: CALLER, asked: [KEY] });
    },
  );

  it.each([
    '',
    ' ',
    'Bearer',
    'Bearer ',
    KEY,
    `Basic ${KEY}`,
    `Bearer${KEY}`,
    `Bearer\t${KEY}`,
    `Bearer ${KEY} ${KEY}`,
    `Bearer ${KEY}, Bearer ${KEY}`,
    `Bearer "${KEY} "`,
    ` Bearer ${KEY}`,
    `Token Bearer ${KEY}`,
    `Bearer ${KEY}\n`,
  ])('contains no key as %j', async (authorization) => {
    await expect(identify(authorization)).rejects.toEqual(MISSING);
  });

  it.each(['Bearer x', `Bearer ${KEY}x`, `Bearer ${KEY.toUpperCase()}`, `Bearer "${KEY}"`, 'Bearer <key>'])(
    'contains an invalid key as %j',
    async (authorization) => {
      await expect(identify(authorization)).rejects.toEqual(INVALID);
    },
  );

  it('is rejected in linear time when it has a hundred thousand spaces', async () => {
    const authorization = `Bearer ${' '.repeat(100_000)}x y`;
    await expect(identify(authorization)).rejects.toEqual(MISSING);
  });

  it('is either a token or an error for any text', async () => {
    const scraps = fc.array(
      fc.constantFrom('Bearer', 'bearer', 'Basic', ' ', '\t', '\n', ',', '"', '=', KEY, 'é', '\0'),
    );
    const header = fc.oneof(
      fc.string({ unit: 'binary' }),
      scraps.map((parts) => parts.join('')),
      fc.constant(`Bearer ${KEY}`),
    );
    await fc.assert(
      fc.asyncProperty(header, async (authorization) => {
        const outcome = await identify(authorization).catch((error: unknown) => error);
        if (outcome instanceof DomainError) {
          expect(outcome.code).toBe('UNAUTHORIZED');
          if (outcome.message !== 'The API key is invalid.') expect(outcome.message).toMatch(MISSING_MESSAGE);
        } else {
          expect(outcome).toEqual({ caller: CALLER, asked: [KEY] });
          expect(authorization).toMatch(/^bearer +\S+ *$/i);
        }
      }),
      { numRuns: runs(1_000) },
    );
  });
});

describe('An address that sends wrong keys', () => {
  let keys: OneKey;
  let authenticator: RequestAuthenticator;

  beforeEach(() => {
    keys = new OneKey();
    authenticator = limitedTo(3, keys);
  });

  /** The error code, or `ok`. */
  async function call(authorization: string | undefined, ip = HERE): Promise<string> {
    return authenticator.identify(requestWith(authorization, ip)).then(
      () => 'ok',
      (error: DomainError) => error.code,
    );
  }

  async function fail(times: number, ip = HERE): Promise<string[]> {
    const codes = [];
    for (let count = 0; count < times; count += 1) codes.push(await call(`Bearer wrong-${count}`, ip));
    return codes;
  }

  it('is rejected with a wait in seconds, without authentication, after the limit', async () => {
    expect(await fail(3)).toEqual(['UNAUTHORIZED', 'UNAUTHORIZED', 'UNAUTHORIZED']);
    keys.asked.length = 0;
    const refused = await authenticator.identify(requestWith('Bearer wrong')).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'RATE_LIMITED' });
    expect((refused as DomainError).retryAfterSeconds).toBeGreaterThan(55);
    expect((refused as DomainError).retryAfterSeconds).toBeLessThanOrEqual(60);
    expect(await call(`Bearer ${KEY}`)).toBe('RATE_LIMITED');
    expect(keys.asked).toEqual([]);
  });

  it('does not block keys that were valid before', async () => {
    expect(await call(`Bearer ${KEY}`)).toBe('ok');
    expect((await fail(5)).at(-1)).toBe('RATE_LIMITED');
    expect(await call(`Bearer ${KEY}`)).toBe('ok');
  });

  it('blocks a key that was valid before and has ended', async () => {
    await call(`Bearer ${KEY}`);
    await fail(3);
    keys.isRevoked = true;
    expect(await call(`Bearer ${KEY}`)).toBe('UNAUTHORIZED');
    keys.asked.length = 0;
    expect(await call(`Bearer ${KEY}`)).toBe('RATE_LIMITED');
    expect(keys.asked).toEqual([]);
  });

  it('is counted for missing keys too', async () => {
    expect([await call(undefined), await call(''), await call('Basic x'), await call(undefined)]).toEqual([
      'UNAUTHORIZED',
      'UNAUTHORIZED',
      'UNAUTHORIZED',
      'RATE_LIMITED',
    ]);
  });

  it('is not counted for successes and internal errors', async () => {
    for (let count = 0; count < 10; count += 1) expect(await call(`Bearer ${KEY}`)).toBe('ok');
    keys.isAway = true;
    for (let count = 0; count < 10; count += 1) expect(await call('Bearer new')).toBe('SERVICE_UNAVAILABLE');
    keys.isAway = false;
    expect(await fail(1)).toEqual(['UNAUTHORIZED']);
  });

  it('does not block other addresses', async () => {
    await fail(4);
    expect(await call(`Bearer ${KEY}`, '198.51.100.2')).toBe('ok');
    expect(await fail(1, '198.51.100.2')).toEqual(['UNAUTHORIZED']);
  });

  it('stays blocked when it changes to another address of its /64', async () => {
    for (const host of [':1', ':ffff', 'a:b:c:d'])
      expect(await fail(1, `2001:db8:0:7:${host}`)).toEqual(['UNAUTHORIZED']);
    expect(await fail(1, '2001:db8:0:7:9::1')).toEqual(['RATE_LIMITED']);
    expect(await fail(1, '2001:db8:0:8::1')).toEqual(['UNAUTHORIZED']);
  });

  it('is counted when it disconnects before the response', async () => {
    for (let count = 0; count < 3; count += 1) {
      const { headers } = requestWith(`Bearer wrong-${count}`);
      let isThere = true;
      const leaving = {
        headers,
        // A closed socket has no address.
        get ip() {
          return isThere ? HERE : undefined;
        },
      };
      const answer = authenticator.identify(leaving);
      isThere = false;
      await expect(answer).rejects.toEqual(INVALID);
    }
    expect(await call('Bearer wrong')).toBe('RATE_LIMITED');
  });

  it('is never blocked when the limit is 0', async () => {
    authenticator = limitedTo(0, keys);
    expect(new Set(await fail(100))).toEqual(new Set(['UNAUTHORIZED']));
    expect(await call(`Bearer ${KEY}`)).toBe('ok');
  });
});
