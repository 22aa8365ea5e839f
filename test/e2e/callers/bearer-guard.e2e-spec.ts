import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { routesOf } from '../../support/routes.js';

const UNKNOWN_KEY = `dm_live_${randomBytes(32).toString('hex')}`;

describe('The Bearer guard', () => {
  let service: TestApp;
  /** A valid key: only the form of the header is wrong. */
  let key: string;

  beforeAll(async () => {
    service = await startApp();
    key = (await service.as('uid_guard')).key;
  });

  afterAll(async () => {
    await service.close();
  });

  function callWith(authorization: string | undefined, path = '/v1/webhooks', method = 'GET'): Promise<Response> {
    return fetch(`${service.url}${path}`, { method, headers: authorization === undefined ? {} : { authorization } });
  }

  it.each<[string, (key: string) => string | undefined]>([
    ['no header', () => undefined],
    ['an empty header', () => ''],
    ['a scheme without a key', () => 'Bearer'],
    ['a scheme and a space', () => 'Bearer '],
    ['a key without a scheme', (valid) => valid],
    ['a key stuck to its scheme', (valid) => `Bearer${valid}`],
    ['a colon behind the scheme', (valid) => `Bearer: ${valid}`],
    ['two keys', (valid) => `Bearer ${valid} ${valid}`],
    ['another scheme', (valid) => `Token ${valid}`],
    ['Basic', (valid) => `Basic ${Buffer.from(`${valid}:`).toString('base64')}`],
  ])('refuses %s and tells how to send one', async (_case, header) => {
    expect(await refusalOf(await callWith(header(key)))).toContain('Authorization: Bearer');
  });

  it.each<[string, (key: string) => string]>([
    ['of the wrong prefix', (valid) => valid.replace('dm_live_', 'dm_test_')],
    ['in upper case', (valid) => valid.toUpperCase()],
    ['cut short', (valid) => valid.slice(0, -1)],
    ['with a character too many', (valid) => `${valid}0`],
    ['too short to be one', () => 'dm_live_0123456789'],
    ['with other characters', () => `dm_live_${'-'.repeat(64)}`],
    ['in quotes', (valid) => `"${valid}"`],
    ['with a comma behind it', (valid) => `${valid},`],
    ['that was never made', () => UNKNOWN_KEY],
  ])('refuses a key %s as invalid', async (_case, change) => {
    expect(await refusalOf(await callWith(`Bearer ${change(key)}`))).toContain('invalid');
  });

  it('refuses a revoked key as invalid and an expired one as expired', async () => {
    const api = await service.as(`uid_${randomUUID()}`);
    const create = async () =>
      (await api.post('/v1/api-keys', { name: 'x', expiresIn: '30d' })).body.data as {
        key: string;
        apiKey: { id: string };
      };
    const [revoked, expired] = [await create(), await create()];
    await api.delete(`/v1/api-keys/${revoked.apiKey.id}`);
    await service.app
      .get(PrismaService)
      .apiKey.update({ where: { id: expired.apiKey.id }, data: { expiresAt: new Date(Date.now() - 1) } });
    expect(await refusalOf(await callWith(`Bearer ${revoked.key}`))).toContain('invalid');
    expect(await refusalOf(await callWith(`Bearer ${expired.key}`))).toContain('expired');
  });

  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('accepts the scheme written %s', async (scheme) => {
    expect((await callWith(`${scheme} ${key}`)).status).toBe(200);
  });

  it('accepts several spaces between scheme and key', async () => {
    expect((await callWith(`Bearer   ${key}`)).status).toBe(200);
  });

  it('accepts a key from the header only', async () => {
    const url = `${service.url}/v1/webhooks`;
    for (const response of [
      await fetch(`${url}?access_token=${key}&api_key=${key}&key=${key}`),
      await fetch(url, { headers: { 'x-api-key': key } }),
      await fetch(url, { headers: { cookie: `authorization=${key}` } }),
    ]) {
      expect(await refusalOf(response)).toContain('missing');
    }
  });

  it('never repeats the key it refuses', async () => {
    expect(await (await callWith(`Bearer ${UNKNOWN_KEY}`)).text()).not.toContain(UNKNOWN_KEY);
  });

  describe('on every route', () => {
    it('of /v1 denies without a key and with an unknown one, before it looks at anything else', async () => {
      const routes = (await routesOf(service.url)).filter((route) => route.includes(' /v1/'));
      expect(routes.length).toBeGreaterThan(15);
      for (const route of routes) {
        const [method = '', path = ''] = route.replaceAll(/\{\w+\}/g, 'any').split(' ');
        for (const authorization of [undefined, `Bearer ${UNKNOWN_KEY}`]) {
          const response = await callWith(authorization, path, method);
          expect([method, path, response.status]).toEqual([method, path, 401]);
          expect(await refusalOf(response)).not.toBe('');
        }
      }
    });

    it('also denies HEAD', async () => {
      expect((await callWith(undefined, '/v1/webhooks', 'HEAD')).status).toBe(401);
      expect((await callWith(`Bearer ${key}`, '/v1/webhooks', 'HEAD')).status).toBe(200);
    });

    it.each(['/health', '/health/ready', '/metrics', '/openapi.json', '/docs'])('leaves %s open', async (path) => {
      expect((await callWith(undefined, path)).status).toBe(200);
    });
  });
});

/** The message of a refusal, after a check of its other parts. */
async function refusalOf(response: Response): Promise<string> {
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toBe('Bearer');
  const body = (await response.json()) as { error: { code: string; message: string } };
  expect(body).toEqual({ error: { code: 'UNAUTHORIZED', message: expect.any(String) } });
  return body.error.message;
}
