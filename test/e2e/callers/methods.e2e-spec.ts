import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { routesOf } from '../../support/routes.js';
import { answerTo, postOf } from '../support/raw-request.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'LOCK'];

describe('A path', () => {
  let service: TestApp;
  /** The documented methods of a path for each template, HEAD with every GET. */
  const methods = new Map<string, string[]>();

  beforeAll(async () => {
    service = await startApp();
    const routes = (await routesOf(service.url)).map((route) => route.split(' ') as [string, string]);
    for (const [, template] of routes) {
      const path = template.replaceAll(/\{\w+\}/g, 'zzz');
      const own = routes.filter(([, other]) => new RegExp(`^${other.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path));
      methods.set(
        path,
        own.flatMap(([method]) => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
      );
    }
  });

  afterAll(async () => {
    await service.close();
  });

  async function request(method: string, path: string) {
    const head = `${method} ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`;
    return answerTo(service.url, head);
  }

  it('answers 405 with Allow when it does not take the method, without asking for a key', async () => {
    expect(methods.size).toBeGreaterThan(15);
    for (const [path, known] of methods) {
      for (const method of METHODS.filter((one) => !known.includes(one))) {
        const { status, headers, body } = await request(method, path);
        expect([method, path, status]).toEqual([method, path, 405]);
        const allowed = (headers.allow ?? '').split(', ');
        expect([path, allowed.toSorted()]).toEqual([path, [...new Set(known)].toSorted()]);
        const error = { code: 'METHOD_NOT_ALLOWED', message: expect.stringContaining(allowed[0] ?? '') };
        if (method !== 'HEAD') expect(JSON.parse(body)).toEqual({ error });
      }
    }
  });

  it.each(['/nope', '/v1', '/v1/', '/v1/nope', '/v1/webhooks/', '/v1/webhooks//test', '/v1/webhooks/a/b/c'])(
    'answers 404 without Allow when it does not exist: %s',
    async (path) => {
      for (const method of ['PUT', 'OPTIONS', 'PROPFIND']) {
        const { status, headers } = await request(method, path);
        expect([method, status, headers.allow]).toEqual([method, 404, undefined]);
      }
    },
  );

  it('answers 405 before the body is read', async () => {
    const answer = await answerTo(service.url, postOf('/health', { 'content-length': '1000' }, '{'));
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});
