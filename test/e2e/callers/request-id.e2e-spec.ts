import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('x-request-id', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  /** The status and the id of an answer. Sends the header unchanged, even values that fetch refuses. */
  function call(method: string, path: string, id?: string | string[], body?: string): Promise<[number, unknown]> {
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${service.api.key}`,
        ...(id === undefined ? {} : { 'x-request-id': id }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      };
      const outgoing = request(`${service.url}${path}`, { method, headers }, (response) => {
        response.resume();
        response.on('end', () => resolve([response.statusCode ?? 0, response.headers['x-request-id']]));
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  const ROUTES = [
    { what: 'a success', status: 200, method: 'GET', path: '/v1/webhooks' },
    { what: 'an open route', status: 200, method: 'GET', path: '/health' },
    { what: 'a page', status: 200, method: 'GET', path: '/docs' },
    { what: 'a refused value', status: 400, method: 'POST', path: '/v1/webhooks', body: '{"url":1}' },
    { what: 'a body that is not JSON', status: 400, method: 'POST', path: '/v1/webhooks', body: '{' },
    { what: 'a path that can not be decoded', status: 400, method: 'GET', path: '/v1/webhooks/%zz' },
    { what: 'an unknown id', status: 404, method: 'GET', path: '/v1/webhooks/nope' },
    { what: 'an unknown route', status: 404, method: 'GET', path: '/nope' },
  ];

  it.each(ROUTES)('is echoed on $what ($status)', async ({ status, method, path, body }) => {
    expect(await call(method, path, 'trace:01/AB_cd.ef+gh=-', body)).toEqual([status, 'trace:01/AB_cd.ef+gh=-']);
  });

  it.each(ROUTES)('is made on $what ($status) that came without one', async ({ status, method, path, body }) => {
    const [answered, first] = await call(method, path, undefined, body);
    const [, second] = await call(method, path, undefined, body);
    expect(answered).toBe(status);
    expect(first).toMatch(UUID);
    expect(second).toMatch(UUID);
    expect(second).not.toBe(first);
  });

  it('is echoed on a refused key', async () => {
    const response = await fetch(`${service.url}/v1/webhooks`, { headers: { 'x-request-id': 'abc-1' } });
    expect([response.status, response.headers.get('x-request-id')]).toEqual([401, 'abc-1']);
  });

  it.each([
    ['with spaces', 'abc def'],
    ['with quotes', '"abc"'],
    ['with markup', '<b>abc</b>'],
    ['with a comma', 'abc,def'],
    ['sent twice', ['abc', 'def']],
    ['beyond ASCII', 'ab\u00e9'],
    ['that is empty', ''],
    ['of 129 characters', 'a'.repeat(129)],
  ])('replaces one %s', async (_case, id) => {
    const [status, answered] = await call('GET', '/v1/webhooks', id);
    expect(status).toBe(200);
    expect(answered).toMatch(UUID);
  });

  it('takes one of 128 characters', async () => {
    expect(await call('GET', '/health', 'a'.repeat(128))).toEqual([200, 'a'.repeat(128)]);
  });
});
