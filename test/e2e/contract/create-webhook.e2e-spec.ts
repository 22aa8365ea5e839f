import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import type { ApiClient } from '../../support/api-client.js';
import { Receiver } from '../../support/receiver.js';
import { CREDENTIAL_FAULTS, refusedCredentials } from '../../support/refused-credentials.js';
import { exampleBody, openSwaggerUi } from '../../support/swagger-ui.js';

const URL_OF_EXAMPLE = 'https://your-app.com/webhooks/docmap';
const BOTH_EVENTS = ['extraction.completed', 'extraction.failed'];
const JSON_TYPE = { 'content-type': 'application/json' };
const EXAMPLE = { url: URL_OF_EXAMPLE, events: BOTH_EVENTS };
const NO_HTTPS_URLS = [
  undefined,
  null,
  42,
  '',
  'your-app.com',
  'http://your-app.com/hook',
  'http://your-app.com:8443/hook',
  'ftp://your-app.com/',
];

// One test for each sentence and table row of the page, in its order.
describe('Create a webhook: POST /v1/webhooks', () => {
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

  /** Sends the example with only these headers. An undefined header is omitted. */
  function send(headers: Record<string, string | undefined>, query = ''): Promise<Response> {
    return fetch(`${service.url}/v1/webhooks${query}`, {
      method: 'POST',
      headers: Object.entries(headers).filter((header): header is [string, string] => header[1] !== undefined),
      // Bytes, because fetch adds a content type of its own to a text.
      body: Buffer.from(JSON.stringify(EXAMPLE)),
    });
  }

  it('registers a webhook URL that receives POST requests when extraction events occur', async () => {
    await api.createWebhook(receiver.url);
    await api.publish({ userId, event: 'extraction.completed', extractionId: 'extract-1' });
    await receiver.received(1);
    await api.publish({ userId, event: 'extraction.failed', extractionId: 'extract-2' });
    const requests = await receiver.received(2);
    expect(
      requests.map(({ method, path, body }) => [method, path, JSON.parse(body).type, JSON.parse(body).data.id]),
    ).toEqual([
      ['POST', '/webhooks/docmap', 'extraction.completed', 'extract-1'],
      ['POST', '/webhooks/docmap', 'extraction.failed', 'extract-2'],
    ]);
  });

  it('each user can have at most 10 active webhooks', async () => {
    const answers = await Promise.all(Array.from({ length: 14 }, () => api.post('/v1/webhooks', EXAMPLE)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    const { data: webhooks } = (await api.get('/v1/webhooks')).body;
    expect(webhooks).toHaveLength(10);

    // Webhooks of other users and inactive ones do not count.
    const other = await service.as(`uid_${randomUUID()}`);
    expect((await other.post('/v1/webhooks', EXAMPLE)).status).toBe(200);
    await api.patch(`/v1/webhooks/${webhooks[0].id}`, { active: false });
    expect((await api.post('/v1/webhooks', EXAMPLE)).status).toBe(200);
    expect((await api.post('/v1/webhooks', EXAMPLE)).status).toBe(400);
  });

  it('this endpoint can be tried interactively in Swagger UI', async () => {
    const ui = await openSwaggerUi(service.url);
    expect(ui.tryItOutEnabled).toBe(true);
    const operation = ui.spec.paths['/v1/webhooks']?.post;
    if (!operation) throw new Error('Swagger UI does not show the endpoint');
    expect(operation.security).toEqual([{ bearer: [] }]);
    expect(ui.spec.components.securitySchemes.bearer).toMatchObject({ type: 'http', scheme: 'bearer' });

    const { status, body } = await api.post('/v1/webhooks', exampleBody(operation));
    expect(Object.keys(operation.responses)).toContain(String(status));
    expect(body.data.webhook).toMatchObject(EXAMPLE);
  });

  describe('request', () => {
    it('authentication is required: include the API key in the Authorization header', async () => {
      expect((await send({ authorization: `Bearer ${api.key}`, ...JSON_TYPE })).status).toBe(200);
      expect((await send({ 'x-api-key': api.key, ...JSON_TYPE })).status).toBe(401);
      expect((await send(JSON_TYPE, `?api_key=${api.key}&access_token=${api.key}`)).status).toBe(401);
    });

    it('header Authorization (required): Bearer <token>', async () => {
      const { status, body } = await api.post('/v1/webhooks', EXAMPLE, { authorization: `Bearer ${api.key}` });
      expect([status, body.data.webhook.userId]).toEqual([200, userId]);
      expect((await api.post('/v1/webhooks', EXAMPLE, { authorization: `Token ${api.key}` })).status).toBe(401);
    });

    it('header Content-Type (required): application/json', async () => {
      const authorization = `Bearer ${api.key}`;
      for (const type of ['application/json', 'application/json; charset=utf-8']) {
        expect((await send({ authorization, 'content-type': type })).status).toBe(200);
      }
      for (const type of [undefined, 'text/plain', 'application/x-www-form-urlencoded']) {
        const response = await send({ authorization, 'content-type': type });
        expect([type, response.status]).toEqual([type, 415]);
        expect(await response.json()).toMatchObject({ error: { code: 'UNSUPPORTED_MEDIA_TYPE' } });
      }
    });

    it('url (string, required): the HTTPS endpoint that receives the webhook POST requests', async () => {
      const production = await startApp({ env: { WEBHOOK_REQUIRE_HTTPS: 'true' } });
      try {
        const create = (url: unknown) => production.api.post('/v1/webhooks', { url, events: BOTH_EVENTS });
        expect(await create(URL_OF_EXAMPLE)).toMatchObject({
          status: 200,
          body: { data: { webhook: { url: URL_OF_EXAMPLE } } },
        });
        for (const url of NO_HTTPS_URLS) {
          const { status, body } = await create(url);
          expect([url, status, body.error?.code]).toEqual([url, 400, 'VALIDATION_ERROR']);
          expect(body.error.message).toContain('url');
        }
      } finally {
        await production.close();
      }
    });

    it('events (string[], required): the events to subscribe to', async () => {
      await api.createWebhook(receiver.url, ['extraction.failed']);
      expect(await api.publish({ userId, event: 'extraction.completed' })).toMatchObject({ deliveries: 0 });
      expect(await api.publish({ userId, event: 'extraction.failed' })).toMatchObject({ deliveries: 1 });
      const [request] = await receiver.received(1);
      expect(request?.headers['x-docmap-event']).toBe('extraction.failed');
    });

    it('events: at least one is required', async () => {
      for (const events of [undefined, null, [], 'extraction.completed']) {
        const { status, body } = await api.post('/v1/webhooks', { url: URL_OF_EXAMPLE, events });
        expect([events, status, body.error?.code]).toEqual([events, 400, 'VALIDATION_ERROR']);
        expect(body.error.message).toContain('events');
      }
      const one = await api.post('/v1/webhooks', { url: URL_OF_EXAMPLE, events: ['extraction.failed'] });
      expect(one.status).toBe(200);
    });

    it('events: the values are "extraction.completed" and "extraction.failed"', async () => {
      for (const events of [...BOTH_EVENTS.map((event) => [event]), BOTH_EVENTS, BOTH_EVENTS.toReversed()]) {
        const { status, body } = await api.post('/v1/webhooks', { url: URL_OF_EXAMPLE, events });
        expect([status, body.data?.webhook.events]).toEqual([200, events]);
      }
      for (const other of [
        'extraction.started',
        'EXTRACTION.COMPLETED',
        'webhook.test',
        'extraction.comp*',
        '',
        null,
      ]) {
        const events = ['extraction.completed', other];
        const { status, body } = await api.post('/v1/webhooks', { url: URL_OF_EXAMPLE, events });
        expect([other, status, body.error?.code]).toEqual([other, 400, 'VALIDATION_ERROR']);
      }
    });
  });

  describe('errors', () => {
    it('400 MAX_WEBHOOKS_REACHED: 10 active webhooks exist; delete one before you create a new one', async () => {
      for (let count = 1; count <= 10; count += 1) expect((await api.post('/v1/webhooks', EXAMPLE)).status).toBe(200);

      const refused = await api.post('/v1/webhooks', EXAMPLE);
      expect(refused).toMatchObject({ status: 400, body: { error: { code: 'MAX_WEBHOOKS_REACHED' } } });
      expect(refused.body.error.message).toMatch(/10 active webhooks.*Delete one before/);

      const [webhook] = (await api.get('/v1/webhooks')).body.data;
      expect((await api.delete(`/v1/webhooks/${webhook.id}`)).status).toBe(200);
      expect((await api.post('/v1/webhooks', EXAMPLE)).status).toBe(200);
    });

    it.each(CREDENTIAL_FAULTS)('401 UNAUTHORIZED: %s API key / token', async (fault) => {
      for (const [what, authorization] of Object.entries(await refusedCredentials(fault, service))) {
        const response = await send({ authorization, ...JSON_TYPE });
        expect([what, response.status]).toEqual([what, 401]);
        expect(await response.json()).toEqual({
          error: { code: 'UNAUTHORIZED', message: expect.stringContaining(fault) },
        });
      }
    });
  });
});
