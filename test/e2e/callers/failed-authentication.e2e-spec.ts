import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ApiKeysRepository } from '../../../src/auth/api-keys.repository.js';
import { generateKey } from '../../../src/auth/new-key.js';
import { ApiClient } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';

const LIMIT = 3;

describe('Requests without a valid key', () => {
  let service: TestApp;

  afterEach(async () => {
    await service.close();
  });

  async function start(env: Record<string, string> = {}): Promise<void> {
    service = await startApp({ env: { AUTH_FAILURES_PER_MINUTE: String(LIMIT), ...env } });
  }

  function callWith(key: string, forwardedFor?: string) {
    return new ApiClient(service.url, key).request('GET', '/v1/webhooks', {
      headers: forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor },
    });
  }

  async function statusesOf(forwardedFor: (string | undefined)[]): Promise<number[]> {
    const statuses = [];
    for (const value of forwardedFor) statuses.push((await callWith(generateKey(), value)).status);
    return statuses;
  }

  it('are answered 429 with Retry-After after the limit, and the database is not asked', async () => {
    await start();
    expect(await statusesOf([undefined, undefined, undefined])).toEqual([401, 401, 401]);
    const lookups = jest.spyOn(service.app.get(ApiKeysRepository), 'findByHash');
    const { status, headers, body } = await callWith(generateKey());
    expect([status, body]).toEqual([429, { error: { code: 'RATE_LIMITED', message: expect.any(String) } }]);
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(lookups).not.toHaveBeenCalled();
  });

  it('do not slow down a client that has sent a valid key before', async () => {
    await start();
    expect((await service.api.get('/v1/webhooks')).status).toBe(200);
    expect((await statusesOf(Array.from({ length: 10 }, () => undefined))).at(-1)).toBe(429);
    for (let count = 0; count < 20; count += 1) expect((await service.api.get('/v1/webhooks')).status).toBe(200);
  });

  it('leave the open routes alone', async () => {
    await start();
    await statusesOf(Array.from({ length: 5 }, () => undefined));
    for (const path of ['/health', '/metrics', '/docs']) expect((await fetch(service.url + path)).status).toBe(200);
  });

  it('count together when X-Forwarded-For is from an untrusted client', async () => {
    await start();
    expect(await statusesOf(['203.0.113.1', '203.0.113.2', '203.0.113.3', '203.0.113.4'])).toEqual([
      401, 401, 401, 429,
    ]);
  });

  it('count for the last address of X-Forwarded-For when the proxy is trusted', async () => {
    await start({ TRUST_PROXY: '127.0.0.1' });
    const forged = Array.from({ length: LIMIT + 1 }, (_, index) => `198.51.100.${index}, 203.0.113.1`);
    expect(await statusesOf(forged)).toEqual([401, 401, 401, 429]);
    expect(await statusesOf(['unknown, 203.0.113.1', '127.0.0.1, 203.0.113.1', '203.0.113.2'])).toEqual([
      429, 429, 401,
    ]);
    expect((await callWith(service.api.key, '203.0.113.2')).status).toBe(200);
  });

  it('count for a whole /64 of IPv6', async () => {
    await start({ TRUST_PROXY: '127.0.0.0/8' });
    const hosts = ['2001:db8::1', '2001:db8::ffff:2', '2001:db8:0:0:a:b:c:d', '2001:db8::4'];
    expect(await statusesOf(hosts)).toEqual([401, 401, 401, 429]);
    expect(await statusesOf(['2001:db8:0:1::1'])).toEqual([401]);
  });

  it('count for one address when ports or brackets differ', async () => {
    await start({ TRUST_PROXY: '127.0.0.1' });
    const ports = ['203.0.113.1:1001', '203.0.113.1:1002', '[::ffff:203.0.113.1]:1003', '203.0.113.1:1004'];
    expect(await statusesOf(ports)).toEqual([401, 401, 401, 429]);
    const hosts = ['[2001:db8::1]:1', '[2001:db8::2]', '2001:db8::3', '[2001:db8::4]:2'];
    expect(await statusesOf(hosts)).toEqual([401, 401, 401, 429]);
  });

  it('count for the proxy when it names no address', async () => {
    await start({ TRUST_PROXY: '127.0.0.1' });
    expect(await statusesOf(['junk-1', 'junk-2', '203.0.113.1, _hidden', 'unknown'])).toEqual([401, 401, 401, 429]);
    expect(await statusesOf(['203.0.113.1'])).toEqual([401]);
  });

  it('count for the first untrusted address when two proxies add ports', async () => {
    await start({ TRUST_PROXY: '127.0.0.1,10.0.0.0/8' });
    const ports = Array.from({ length: LIMIT + 1 }, (_, index) => `203.0.113.1:${index}, 10.0.0.5:${index}`);
    expect(await statusesOf(ports)).toEqual([401, 401, 401, 429]);
    expect(await statusesOf(['203.0.113.2:1, 10.0.0.5:1'])).toEqual([401]);
  });

  it('trust X-Forwarded-For from the configured proxies only', async () => {
    await start({ TRUST_PROXY: '10.0.0.0/8' });
    expect(await statusesOf(['203.0.113.1', '203.0.113.2', '203.0.113.3', '203.0.113.4'])).toEqual([
      401, 401, 401, 429,
    ]);
  });

  it.each([
    ['a wrong key', '/v1/webhooks', `Bearer ${generateKey()}`, 401],
    ['no key', '/v1/events', '', 401],
    ['no route', '/v1/nope', '', 404],
    ['no route at all', '/nope', '', 404],
  ])('are answered before their body is read: %s', async (_case, path, authorization, status) => {
    await start();
    // The end of the body never arrives: an answer does not depend on it.
    const outgoing = request(`${service.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': '1000',
        ...(authorization && { authorization }),
      },
    });
    outgoing.on('error', () => undefined);
    outgoing.write('{');
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect([response.statusCode, await text(response)]).toEqual([status, expect.stringContaining('"error"')]);
    outgoing.destroy();
  });
});
