import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { routesOf } from '../../support/routes.js';
import { answerTo, postOf } from '../support/raw-request.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'LOCK'];

describe('A method that a path does not take', () => {
  let service: TestApp;
  /** The documented methods of each path, HEAD with every GET. */
  const methods = new Map<string, Set<string>>();

  beforeAll(async () => {
    service = await startApp();
    for (const route of await routesOf(service.url)) {
      const [method = '', path = ''] = route.split(' ');
      const known = methods.get(path) ?? new Set();
      methods.set(path, known.add(method));
      if (method === 'GET') known.add('HEAD');
    }
  });

  afterAll(async () => {
    await service.close();
  });

  async function request(method: string, path: string) {
    const head = `${method} ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`;
    return answerTo(service.url, head);
  }

  it('is answered 405 with the methods that it takes, on every path, without a key', async () => {
    expect(methods.size).toBeGreaterThan(15);
    for (const [template, known] of methods) {
      // Letters that are no name of a fixed path.
      const path = template.replaceAll(/\{\w+\}/g, 'zzz');
      for (const method of METHODS.filter((one) => !known.has(one))) {
        const { status, headers, body } = await request(method, path);
        expect([method, path, status]).toEqual([method, path, 405]);
        const allowed = (headers.allow ?? '').split(', ');
        // What a template with a parameter takes, its fixed sibling takes as well.
        expect([path, allowed]).toEqual([path, expect.arrayContaining([...known])]);
        expect(allowed).not.toContain(method);
        const error = { code: 'METHOD_NOT_ALLOWED', message: expect.stringContaining(allowed[0] ?? '') };
        if (method !== 'HEAD') expect(JSON.parse(body)).toEqual({ error });
      }
    }
  });

  it('is never among those that are allowed: each of these is served or asks for a key', async () => {
    for (const template of methods.keys()) {
      const path = template.replaceAll(/\{\w+\}/g, 'zzz');
      const { headers } = await request('OPTIONS', path);
      for (const method of (headers.allow ?? '').split(', ').filter((one) => one !== 'HEAD')) {
        expect([method, path, (await request(method, path)).status]).not.toEqual([method, path, 405]);
      }
    }
  });

  it.each(['/nope', '/v1', '/v1/', '/v1/nope', '/v1/webhooks/', '/v1/webhooks//test', '/v1/webhooks/a/b/c'])(
    'is no matter on a path that does not exist: %s',
    async (path) => {
      for (const method of ['PUT', 'OPTIONS', 'PROPFIND']) {
        const { status, headers } = await request(method, path);
        expect([method, status, headers.allow]).toEqual([method, 404, undefined]);
      }
    },
  );

  it('is told before the body is read', async () => {
    const answer = await answerTo(service.url, postOf('/health', { 'content-length': '1000' }, '{'));
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});
