import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';

const ALWAYS = {
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
const NOTHING = "default-src 'none';frame-ancestors 'none'";

describe('Security headers', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp({ env: { PUBLISH_RATE_LIMIT_PER_MINUTE: '2' } });
    await service.api.publish();
  });

  afterAll(async () => {
    await service.close();
  });

  const ANSWERS: { what: string; status: number; method?: string; path: string; body?: string; key?: string }[] = [
    { what: 'a list', status: 200, path: '/v1/webhooks' },
    { what: 'a new key', status: 201, method: 'POST', path: '/v1/api-keys', body: '{"name":"x","expiresIn":"30d"}' },
    {
      what: 'a new secret',
      status: 200,
      method: 'POST',
      path: '/v1/webhooks',
      body: '{"url":"https://your-app.com","events":["extraction.failed"]}',
    },
    { what: 'an open route', status: 200, path: '/health' },
    { what: 'figures', status: 200, path: '/metrics' },
    { what: 'the document of the API', status: 200, path: '/openapi.json' },
    { what: 'a wrong key', status: 401, path: '/v1/webhooks', key: 'wrong' },
    { what: 'a refused value', status: 400, method: 'POST', path: '/v1/webhooks', body: '{"url":1}' },
    { what: 'a body that is not JSON', status: 400, method: 'POST', path: '/v1/webhooks', body: '{' },
    { what: 'a path that can not be decoded', status: 400, path: '/v1/webhooks/%zz' },
    { what: 'an unknown id', status: 404, path: '/v1/webhooks/nope' },
    { what: 'an unknown route', status: 404, path: '/nope' },
    { what: 'a method that is not there', status: 405, method: 'PUT', path: '/v1/webhooks', body: '{}' },
    { what: 'a body that is too large', status: 413, method: 'POST', path: '/v1/events', body: ' '.repeat(700_000) },
    { what: 'too many requests', status: 429, method: 'POST', path: '/v1/events', body: '{}' },
  ];

  it.each(ANSWERS)('are on $what ($status), which no cache keeps', async ({ status, method, path, body, key }) => {
    const response = await fetch(`${service.url}${path}`, {
      method: method ?? 'GET',
      headers: {
        authorization: `Bearer ${key ?? service.api.key}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    });
    expect(response.status).toBe(status);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      ...ALWAYS,
      'content-security-policy': NOTHING,
      'cache-control': 'no-store',
    });
  });

  it('are on the answer to bytes that are no request', async () => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    socket.write('EHLO your-app.com\r\n\r\n');
    const answer = await text(socket);
    for (const [name, value] of Object.entries({ ...ALWAYS, 'content-security-policy': NOTHING })) {
      expect(answer).toContain(`\r\n${name}: ${value}\r\n`);
    }
  });

  it('let the documentation page load its parts, from this host only', async () => {
    const page = await fetch(`${service.url}/docs`);
    const html = await page.text();
    const policy = policyOf(page);
    expect(policy).toMatchObject({
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'connect-src': ["'self'"],
      'frame-ancestors': ["'none'"],
      'base-uri': ["'none'"],
    });
    // A page that requires TLS would fail in this test, which uses HTTP.
    expect(policy).not.toHaveProperty('upgrade-insecure-requests');

    const scripts = [...html.matchAll(/<script([^>]*)>([^]*?)<\/script>/g)];
    expect(scripts.length).toBeGreaterThan(1);
    for (const [, attributes = '', inline = ''] of scripts) {
      expect([attributes, inline.trim()]).toEqual([expect.stringMatching(/src="\.\/[^"]+"/), '']);
    }
    expect(html).not.toMatch(/\son\w+\s*=|javascript:/i);
    if (/<style|\sstyle=/.test(html)) expect(policy['style-src']).toEqual(["'self'", "'unsafe-inline'"]);
    for (const [, source = ''] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const asset = await fetch(new URL(source, page.url));
      expect([source, asset.status, asset.headers.get('x-content-type-options')]).toEqual([source, 200, 'nosniff']);
    }
  });

  it('do not name the software of the service', async () => {
    const { headers } = await fetch(`${service.url}/health`);
    expect([headers.get('server'), headers.get('x-powered-by')]).toEqual([null, null]);
  });
});

function policyOf({ headers }: Response): Record<string, string[]> {
  const directives = (headers.get('content-security-policy') ?? '').split(';').map((text) => text.trim().split(' '));
  return Object.fromEntries(directives.map(([name = '', ...values]) => [name, values]));
}
