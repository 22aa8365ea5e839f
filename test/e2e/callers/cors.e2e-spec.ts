import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';

const APP = 'https://app.example.com';
const OTHERS = ['https://evil.example.com', 'http://app.example.com', 'https://app.example.com.evil.com', 'null'];

function preflight(service: TestApp, origin: string, path = '/v1/webhooks'): Promise<Response> {
  return fetch(`${service.url}${path}`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,content-type',
    },
  });
}

function get(service: TestApp, origin: string, path = '/v1/webhooks', key = service.api.key): Promise<Response> {
  return fetch(`${service.url}${path}`, { headers: { origin, authorization: `Bearer ${key}` } });
}

/** The headers that let a page of another origin read an answer. */
function permissionsOf({ headers }: Response): string[] {
  return [...headers.keys()].filter((name) => name.startsWith('access-control-')).sort();
}

describe('Pages of other origins', () => {
  describe('where no origin is named', () => {
    let service: TestApp;

    beforeAll(async () => {
      service = await startApp();
    });

    afterAll(async () => {
      await service.close();
    });

    it.each([APP, 'null'])('may not call the API (%s)', async (origin) => {
      const asked = await preflight(service, origin);
      expect([asked.status, permissionsOf(asked)]).toEqual([405, []]);
      expect(permissionsOf(await get(service, origin))).toEqual([]);
    });
  });

  describe('where CORS_ORIGINS names some', () => {
    let service: TestApp;

    beforeAll(async () => {
      service = await startApp({ env: { CORS_ORIGINS: `${APP},http://localhost:5173` } });
    });

    afterAll(async () => {
      await service.close();
    });

    it.each([APP, 'http://localhost:5173'])('may call it from %s, with a key and without cookies', async (origin) => {
      const asked = await preflight(service, origin);
      expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, origin]);
      expect(asked.headers.get('access-control-allow-methods')).toContain('PATCH');
      expect(asked.headers.get('access-control-allow-headers')).toContain('authorization');
      expect(asked.headers.get('access-control-allow-headers')).toContain('idempotency-key');
      const answer = await get(service, origin);
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, origin]);
      for (const { headers } of [asked, answer]) {
        expect(headers.get('vary')).toMatch(/origin/i);
        expect(headers.has('access-control-allow-credentials')).toBe(false);
      }
    });

    it.each(OTHERS)('may not from %s', async (origin) => {
      expect((await preflight(service, origin)).headers.get('access-control-allow-origin')).toBeNull();
      const answer = await get(service, origin);
      expect([answer.headers.get('access-control-allow-origin'), answer.headers.get('vary')]).toEqual([
        null,
        expect.stringMatching(/origin/i),
      ]);
    });

    it.each([
      ['a wrong key', '/v1/webhooks', 'wrong', 401],
      ['an unknown id', '/v1/webhooks/nope', undefined, 404],
      ['an unknown route', '/v1/nope', undefined, 404],
      ['a wrong value', '/v1/webhooks?active=maybe', undefined, 400],
    ])('can read errors too: %s', async (_case, path, key, status) => {
      const answer = await get(service, APP, path, key);
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([status, APP]);
      expect(answer.headers.get('access-control-expose-headers')).toContain('retry-after');
    });

    it('get no data with a preflight from any origin', async () => {
      for (const origin of [APP, ...OTHERS]) expect(await (await preflight(service, origin)).text()).toBe('');
    });
  });
});
