import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { answerTo, postOf } from '../support/raw-request.js';

const JSON_TYPE = { 'content-type': 'application/json', 'content-length': '1000' };

/** Spellings of a path that the router maps to the same route. */
const SPELLINGS: [string, (path: string) => string][] = [
  ['plainly', (path) => path],
  ['with an encoded letter', (path) => path.replace('v', '%76')],
  ['with an encoded digit', (path) => path.replace('1', '%31')],
  ['with every letter encoded', (path) => path.replace(/[a-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)],
  ['with hex digits in upper case', (path) => path.replace('-', '%2D').replace('k', '%6B')],
  ['in absolute form', (path) => `http://x${path}`],
  ['in absolute form of another host', (path) => `http://your-app.com:8443${path}`],
  ['in absolute form with a scheme in upper case', (path) => `HTTP://X${path}`],
  ['in absolute form with credentials', (path) => `https://a:b@x${path}`],
  ['in absolute form with an encoded letter', (path) => `http://x${path.replace('v', '%76')}`],
  ['with a query', (path) => `${path}?x=/health`],
];
/** Spellings that match no route. */
const MISSPELLINGS: [string, (path: string) => string][] = [
  ['with two slashes in front', (path) => `/${path}`],
  ['with two slashes inside', (path) => path.replace('/v1/', '/v1//')],
  ['with a dot segment', (path) => path.replace('/v1/', '/v1/./')],
  ['with an encoded dot segment', (path) => path.replace('/v1/', '/v1/%2e/')],
  ['through a parent', (path) => `/health/..${path}`],
  ['in upper case', (path) => path.toUpperCase()],
  ['with encoded slashes', (path) => path.replaceAll('/', '%2F').replace('%2F', '/')],
  ['encoded twice', (path) => path.replace('v', '%2576')],
  ['with a semicolon', (path) => `${path};x=1`],
  ['with a backslash', (path) => path.replaceAll('/', '\\').replace('\\', '/')],
  ['with a NUL', (path) => `${path}%00`],
  ['without its first slash', (path) => path.replace('/', '*')],
  ['in absolute form of another scheme', (path) => `ftp://x${path}`],
  ['in absolute form without a host', (path) => `http://${path}`],
];

describe('Access by the matched route', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  it.each(SPELLINGS)(
    'refuses a request without a key before its body when the path is written %s',
    async (_case, spell) => {
      for (const path of ['/v1/webhooks', '/v1/events/batch', '/v1/api-keys']) {
        // The end of the body never arrives: an answer does not depend on it.
        const { status, headers } = await answerTo(service.url, postOf(spell(path), JSON_TYPE, '{'));
        expect([path, status, headers['www-authenticate']]).toEqual([path, 401, 'Bearer']);
      }
    },
  );

  it.each(SPELLINGS)('serves a request with a key when the path is written %s', async (_case, spell) => {
    for (const path of ['/v1/webhooks', '/v1/api-keys']) {
      const target = spell(path).replace('?x=/health', '');
      const request = `GET ${target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${service.api.key}\r\n\r\n`;
      expect((await answerTo(service.url, request)).status).toBe(200);
    }
  });

  it.each(MISSPELLINGS)('answers 400 or 404 when the path is written %s', async (_case, spell) => {
    for (const headers of [JSON_TYPE, { ...JSON_TYPE, authorization: `Bearer ${service.api.key}` }]) {
      const answer = await answerTo(service.url, postOf(spell('/v1/webhooks'), headers, '{'));
      expect([400, 404]).toContain(answer.status);
      expect(JSON.parse(answer.body)).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
      expect(answer.headers['x-request-id']).toBeTruthy();
      expect(answer.headers['content-security-policy']).toBeTruthy();
    }
  });

  it('sends the headers of a page for every spelling of the documentation, and for nothing else', async () => {
    for (const [path, isPage] of [
      ['/docs', true],
      ['/%64ocs', true],
      ['http://x/docs', true],
      ['/docs/swagger-ui.css', true],
      ['/docs-of-others', false],
      ['/docsx', false],
      ['http://x/health', false],
    ] as const) {
      const { headers } = await answerTo(service.url, `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
      const policy = headers['content-security-policy'] ?? '';
      expect([path, policy.includes("script-src 'self'")]).toEqual([path, isPage]);
    }
  });

  it('treats an upgrade to a websocket as any other request', async () => {
    const upgrade = 'host: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n';
    expect((await answerTo(service.url, `GET /v1/webhooks HTTP/1.1\r\n${upgrade}`)).status).toBe(401);
    expect((await answerTo(service.url, `GET /health HTTP/1.1\r\n${upgrade}`)).status).toBe(200);
  });

  it('asks for a key when the request is HTTP/1.0', async () => {
    expect((await answerTo(service.url, 'GET /%761/webhooks HTTP/1.0\r\n\r\n')).status).toBe(401);
  });
});

describe('A global prefix', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp({ prepare: (app) => app.setGlobalPrefix('hooks') });
  });

  afterAll(async () => {
    await service.close();
  });

  it('keeps keys and body limits when it is set', async () => {
    const key = { authorization: `Bearer ${service.api.key}` };
    const statusOf = async (path: string, headers: Record<string, string>) =>
      (await answerTo(service.url, postOf(path, { ...JSON_TYPE, ...headers }, '{'))).status;
    expect(await statusOf('/hooks/v1/webhooks', {})).toBe(401);
    expect(await statusOf('/hooks/%761/webhooks', {})).toBe(401);
    expect(await statusOf('/hooks/v1/webhooks', { ...key, 'content-length': '65537' })).toBe(413);
    expect(await statusOf('/hooks/v1/events', { ...key, 'content-length': '600000' })).toBe(413);
    expect(await statusOf('/v1/webhooks', {})).toBe(404);
    expect((await service.api.get('/hooks/v1/webhooks')).status).toBe(200);
    expect((await service.api.get('/hooks/health')).status).toBe(200);
  });
});

describe('A route of a host application', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp({
      env: { RATE_LIMIT_PER_MINUTE: '1' },
      prepare: (app) => {
        const fastify = app.getHttpAdapter().getInstance();
        fastify.get('/v1/of-the-host', async () => ({ served: true }));
        fastify.post('/v1/of-the-host', { bodyLimit: 200_000 }, async ({ body }) => ({ served: body }));
      },
    });
  });

  afterAll(async () => {
    await service.close();
  });

  it('needs no key, has no rate limit, and keeps its own body limit', async () => {
    for (let count = 0; count < 5; count += 1) {
      const response = await fetch(`${service.url}/v1/of-the-host`);
      expect([response.status, response.headers.has('ratelimit-limit')]).toEqual([200, false]);
    }
    const body = JSON.stringify({ text: 'x'.repeat(100_000) });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${service.url}/v1/of-the-host`, { method: 'POST', headers, body });
    expect([response.status, ((await response.json()) as { served: unknown }).served]).toEqual([200, JSON.parse(body)]);
  });

  it('gets 100 Continue when the client expects it', async () => {
    const request = postOf('/v1/of-the-host', { ...JSON_TYPE, 'content-length': '2', expect: '100-continue' }, '{}');
    expect(await answerTo(service.url, request)).toMatchObject({ status: 200, interim: [100] });
  });
});
