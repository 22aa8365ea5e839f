import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/api-client.js';
import { startApp, type TestApp } from '../support/app.js';

const REFUSED = [
  ['http://your-app.com/hook', 'must be an HTTPS URL'],
  ['ftp://your-app.com/hook', 'must be an HTTPS URL'],
  ['javascript:alert(1)', 'must be an HTTPS URL'],
  ['your-app.com/hook', 'must be an absolute URL'],
  ['https://', 'must be an absolute URL'],
  ['https://user@your-app.com/', 'must not contain credentials'],
  ['https://user:password@your-app.com/', 'must not contain credentials'],
  ['https://your-app.com/#top', 'must not have a fragment'],
  ['https://your-app.com/#', 'must not have a fragment'],
  ['https://your-app.com:80/', 'must use port'],
  ['https://your-app.com:25/', 'must use port'],
  ['https://your-app.com:1023/', 'must use port'],
  ['https://your-app.com:0/', 'must use port'],
  ['https://localhost/', 'public host name'],
  ['https://hooks.localhost/', 'public host name'],
  ['https://printer.local/', 'public host name'],
  ['https://metadata.google.internal/', 'public host name'],
  ['https://intranet/', 'public host name'],
  ['https://your-app.com./', 'ends with a dot'],
  ['https://10.0.0.1/', 'private or reserved address'],
  ['https://127.0.0.1/', 'private or reserved address'],
  ['https://169.254.169.254/latest/meta-data', 'private or reserved address'],
  ['https://2130706433/', 'private or reserved address'],
  ['https://0x7f.1/', 'private or reserved address'],
  ['https://0177.0.0.1/', 'private or reserved address'],
  ['https://１２７.０.０.１/', 'private or reserved address'],
  ['https://%31%32%37.0.0.1/', 'private or reserved address'],
  ['https://[::1]/', 'private or reserved address'],
  ['https://[::ffff:10.0.0.1]/', 'private or reserved address'],
  [`https://your-app.com/${'a'.repeat(2_048)}`, 'longer than 2048 characters'],
] as const;

const TAKEN = [
  'https://your-app.com/webhooks/docmap',
  'https://your-app.com:443/',
  'https://your-app.com:8443/',
  'https://your-app.com:1024/',
  'https://your-app.com:65535/',
  'https://your-app.com/?token=abc',
  'https://8.8.8.8/',
];

describe('The URL of a webhook, as configured for production', () => {
  let service: TestApp;
  let api: ApiClient;

  beforeAll(async () => {
    service = await startApp({ env: { WEBHOOK_REQUIRE_HTTPS: 'true', WEBHOOK_ALLOWED_NETWORKS: '' } });
    api = service.api;
  });

  afterAll(async () => {
    await service.close();
  });

  async function create(url: string) {
    const response = await api.post('/v1/webhooks', { url, events: ['extraction.completed'] });
    const id: string | undefined = response.body.data?.webhook.id;
    if (id !== undefined) await api.delete(`/v1/webhooks/${id}`);
    return response;
  }

  it.each(REFUSED)('refuses %s: it %s', async (url, reason) => {
    const { status, body } = await create(url);
    expect([status, body.error?.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(body.error.message).toMatch(/^url /);
    expect(body.error.message).toContain(reason);
  });

  it.each(TAKEN)('takes %s', async (url) => {
    expect((await create(url)).status).toBe(200);
  });

  it('applies the same rules to a change', async () => {
    const { webhook } = await api.createWebhook(TAKEN[0] ?? '');
    for (const [url, reason] of REFUSED) {
      const { status, body } = await api.patch(`/v1/webhooks/${webhook.id}`, { url });
      expect([url, status, body.error?.code]).toEqual([url, 400, 'VALIDATION_ERROR']);
      expect(body.error.message).toContain(reason);
    }
    expect((await api.get(`/v1/webhooks/${webhook.id}`)).body.data.url).toBe(webhook.url);
  });
});

describe('The URL of a webhook when HTTP is allowed', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp({ env: { WEBHOOK_REQUIRE_HTTPS: 'false', WEBHOOK_ALLOWED_NETWORKS: '10.0.0.0/8' } });
  });

  afterAll(async () => {
    await service.close();
  });

  it.each([
    ['http://your-app.com/hook', 200],
    ['http://10.0.0.1/hook', 200],
    ['http://127.0.0.1:8080/hook', 400],
    ['http://169.254.169.254/', 400],
    ['ftp://your-app.com/hook', 400],
    ['http://your-app.com:25/', 400],
  ])('%s answers %i', async (url, expected) => {
    const { status } = await service.api.post('/v1/webhooks', { url, events: ['extraction.completed'] });
    expect(status).toBe(expected);
  });
});
