import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { ApiClient } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';

const URL_OF_EXAMPLE = 'https://your-app.com/webhooks/docmap';
const BOTH_EVENTS = ['extraction.completed', 'extraction.failed'];
const EXAMPLE = { url: URL_OF_EXAMPLE, events: BOTH_EVENTS };

// One test for each sentence and table row of the page, in its order.
describe('Create a webhook: the response', () => {
  let service: TestApp;
  let receiver: Receiver;
  let userId: string;
  let api: ApiClient;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  beforeEach(async () => {
    userId = `uid_${randomUUID()}`;
    api = await service.as(userId);
    receiver = await Receiver.start();
  });

  afterEach(async () => {
    await receiver.close();
  });

  it('status: 200 OK', async () => {
    const { status } = await api.post('/v1/webhooks', EXAMPLE);
    expect(status).toBe(200);
  });

  it('the response body is wrapped in a data object', async () => {
    const { headers, body } = await api.post('/v1/webhooks', EXAMPLE);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(body).toEqual({ data: expect.any(Object) });
  });

  it('the signing secret is returned only in this response: it cannot be retrieved later', async () => {
    const { secret, webhook } = await api.createWebhook(receiver.url);
    await api.publish({ userId });
    const [record] = await api.log(1);
    const answers = [
      await api.get('/v1/webhooks'),
      await api.get(`/v1/webhooks/${webhook.id}`),
      await api.patch(`/v1/webhooks/${webhook.id}`, { events: BOTH_EVENTS }),
      await api.get('/v1/webhooks/deliveries'),
      await api.get(`/v1/webhooks/deliveries/${String(record?.id)}`),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(JSON.stringify(body)).not.toContain(secret);
      expect(JSON.stringify(body)).not.toContain('"secret"');
    }
  });

  it('the signing secret is what webhook signatures are verified with', async () => {
    const { secret } = await api.createWebhook(receiver.url);
    await api.publish({ userId, data: { pages: 3 } });
    const [request] = await receiver.received(1);
    const { body = '', headers } = request ?? {};
    const verify = (key: string) => new Webhook(key).verify(body, headers as Record<string, string>);
    expect(verify(secret)).toMatchObject({ data: { pages: 3 } });
    expect(() => verify('0'.repeat(64))).toThrow('No matching signature found');
  });

  it('secret (string): an HMAC-SHA256 signing secret of 64 hex characters, shown once', async () => {
    const { secret } = await api.createWebhook(receiver.url);
    const { secret: another } = await api.createWebhook(URL_OF_EXAMPLE, ['extraction.failed']);
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(another).not.toBe(secret);
    await api.publish({ userId });
    const [request] = await receiver.received(1);
    const hmac = createHmac('sha256', secret).update(request?.body ?? '');
    expect(request?.headers['x-docmap-signature']).toBe(`sha256=${hmac.digest('hex')}`);
  });

  it('webhook (object): the metadata of the webhook', async () => {
    const { secret, webhook, ...rest } = await api.createWebhook(URL_OF_EXAMPLE);
    expect(rest).toEqual({});
    expect(JSON.stringify(webhook)).not.toContain(secret);
    expect((await api.get(`/v1/webhooks/${webhook.id}`)).body).toEqual({ data: webhook });
  });

  it('webhook.id (string): the unique id of the webhook', async () => {
    const first = await createdWebhook();
    const second = await createdWebhook();
    expect(first.id).toMatch(/^webhook-[0-9a-f]{32}$/);
    expect(second.id).toMatch(/^webhook-[0-9a-f]{32}$/);
    expect(second.id).not.toBe(first.id);
  });

  it('webhook.userId (string): the id of the user who owns the webhook', async () => {
    expect((await createdWebhook()).userId).toBe(userId);
    const { body } = await service.api.post('/v1/webhooks', EXAMPLE);
    expect(body.data.webhook.userId).toBe('uid_local');
  });

  it('webhook.url (string): the registered endpoint URL', async () => {
    const url = 'https://your-app.com:8443/webhooks/docmap?team=a%20b';
    expect((await createdWebhook({ ...EXAMPLE, url })).url).toBe(url);
  });

  it('webhook.events (string[]): the events the webhook is subscribed to', async () => {
    expect((await createdWebhook()).events).toEqual(BOTH_EVENTS);
    expect((await createdWebhook({ ...EXAMPLE, events: ['extraction.failed'] })).events).toEqual(['extraction.failed']);
  });

  it('webhook.active (boolean): whether the webhook is active, always true for a newly created one', async () => {
    const { id, active } = await createdWebhook();
    expect(active).toBe(true);
    expect((await api.patch(`/v1/webhooks/${id}`, { active: false })).body.data.active).toBe(false);
    expect((await createdWebhook()).active).toBe(true);
    expect((await api.post('/v1/webhooks', { ...EXAMPLE, active: false })).status).toBe(400);
  });

  it('webhook.createdAt (string): the ISO 8601 timestamp of when the webhook was created', async () => {
    const { createdAt: first } = await createdWebhook();
    const { createdAt: second } = await createdWebhook();
    expect(first).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    // The time is from the database's clock, which may be another machine's.
    expect(Math.abs(Date.now() - Date.parse(first))).toBeLessThan(60_000);
    expect(Date.parse(second)).toBeGreaterThanOrEqual(Date.parse(first));
  });

  it('example: the documented request gets the documented response', async () => {
    const { body } = await api.post('/v1/webhooks', EXAMPLE);
    expect(body).toMatchObject({
      data: {
        secret: expect.stringMatching(/^[0-9a-f]{64}$/),
        webhook: {
          id: expect.stringMatching(/^webhook-/),
          userId,
          url: 'https://your-app.com/webhooks/docmap',
          events: ['extraction.completed', 'extraction.failed'],
          active: true,
          createdAt: expect.stringMatching(/Z$/),
        },
      },
    });
  });

  async function createdWebhook(request: object = EXAMPLE) {
    const { status, body } = await api.post('/v1/webhooks', request);
    expect(status).toBe(200);
    return body.data.webhook;
  }
});
