import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, type ApiClient } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { CREDENTIAL_FAULTS, refusedCredentials } from '../../support/refused-credentials.js';
import { exampleQuery, openSwaggerUi } from '../../support/swagger-ui.js';

const LOG = '/v1/webhooks/deliveries';

// One test for each sentence and table row of the page, in its order. The records have a file of their own.
describe('List deliveries: GET /v1/webhooks/deliveries', () => {
  let service: TestApp;
  let receiver: Receiver;
  let userId: string;
  let api: ApiClient;

  beforeAll(async () => {
    // One attempt for each event: the log has no more records than events.
    service = await startApp({ env: { RETRY_SCHEDULE: '0s' } });
  });

  afterAll(async () => {
    await service.close();
  });

  beforeEach(async () => {
    userId = `uid_${randomUUID()}`;
    api = await service.as(userId);
    receiver = await Receiver.start((request, response) => {
      response.writeHead(request.headers['x-docmap-event'] === 'extraction.failed' ? 500 : 200).end();
    });
  });

  afterEach(async () => {
    await receiver.close();
  });

  /** Sends a request with only these headers. */
  function send(headers: Record<string, string>, query = ''): Promise<Response> {
    return fetch(service.url + LOG + query, { headers });
  }

  it('retrieves the recent webhook delivery attempts of the authenticated user', async () => {
    const otherId = `uid_${randomUUID()}`;
    const other = await service.as(otherId);
    await api.createWebhook(receiver.url);
    await other.createWebhook(receiver.url);
    await api.publish({ userId, extractionId: 'extract-mine' });
    await other.publish({ userId: otherId, extractionId: 'extract-theirs' });

    expect(await api.log(1)).toMatchObject([{ userId, extractionId: 'extract-mine' }]);
    expect(await other.log(1)).toMatchObject([{ userId: otherId, extractionId: 'extract-theirs' }]);
  });

  it('returns the log newest first, to monitor whether the webhook receives its events successfully', async () => {
    await api.createWebhook(receiver.url);
    const events = ['extraction.completed', 'extraction.failed', 'extraction.completed'];
    for (const [index, event] of events.entries()) {
      await api.publish({ userId, event, extractionId: `extract-${index + 1}` });
      await api.log(index + 1);
    }
    const { body } = await api.get(LOG);
    expect(body.data).toMatchObject([
      { extractionId: 'extract-3', status: 'success' },
      { extractionId: 'extract-2', status: 'failed' },
      { extractionId: 'extract-1', status: 'success' },
    ]);
    const times = body.data.map(({ createdAt }: { createdAt: string }) => createdAt);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it('this endpoint can be tried interactively in Swagger UI', async () => {
    const { tryItOutEnabled, spec } = await openSwaggerUi(service.url);
    expect(tryItOutEnabled).toBe(true);
    const operation = spec.paths[LOG]?.get;
    if (!operation) throw new Error('Swagger UI does not show the endpoint');
    expect(operation.security).toEqual([{ bearer: [] }]);
    expect(spec.components.securitySchemes.bearer).toMatchObject({ type: 'http', scheme: 'bearer' });
    expect(operation.parameters).toContainEqual(
      expect.objectContaining({ name: 'webhookId', in: 'query', schema: expect.objectContaining({ type: 'string' }) }),
    );
    expect(operation.parameters).toContainEqual(
      expect.objectContaining({
        name: 'limit',
        in: 'query',
        schema: expect.objectContaining({ default: 50, minimum: 1, maximum: 100 }),
      }),
    );

    const { status } = await api.get(`${LOG}?${exampleQuery(operation)}`);
    expect(Object.keys(operation.responses)).toContain(String(status));
    expect(status).toBe(200);
  });

  describe('request', () => {
    it('authentication is required: include the API key in the Authorization header', async () => {
      expect((await send({ authorization: `Bearer ${api.key}` })).status).toBe(200);
      expect((await send({ 'x-api-key': api.key })).status).toBe(401);
      expect((await send({}, `?api_key=${api.key}`)).status).toBe(401);
    });

    it('header Authorization (required): Bearer <token>', async () => {
      expect((await send({ authorization: `Bearer ${api.key}` })).status).toBe(200);
      expect((await send({ authorization: `Token ${api.key}` })).status).toBe(401);
    });

    it('query webhookId (string): filters the records by one webhook', async () => {
      const { webhook: first } = await api.createWebhook(receiver.url);
      const { webhook: second } = await api.createWebhook(receiver.url);
      await api.publish({ userId });
      await api.log(2);

      for (const { id } of [first, second]) {
        const { body } = await api.get(`${LOG}?webhookId=${id}`);
        expect(body.data.map(({ webhookId }: { webhookId: string }) => webhookId)).toEqual([id]);
      }
      const stranger = await service.as(`uid_${randomUUID()}`);
      expect((await stranger.get(`${LOG}?webhookId=${first.id}`)).body.data).toEqual([]);
      expect((await api.get(`${LOG}?webhookId=webhook-${'0'.repeat(32)}`)).body.data).toEqual([]);
    });

    it('query limit (number): the maximum number of results, 50 by default, from 1 to 100', async () => {
      await api.createWebhook(receiver.url);
      const event = { event: 'extraction.completed', userId, data: {} };
      const events = Array.from({ length: 101 }, (_, index) => ({ ...event, extractionId: `extract-${index}` }));
      expect((await api.post('/v1/events/batch', { events })).status).toBe(202);
      const all = await eventually(async () => {
        const { body } = await api.get(`${LOG}?limit=100`);
        return body.hasMore ? (body.data as unknown[]) : undefined;
      }, 'more records than a page holds');

      expect(all).toHaveLength(100);
      for (const [query, count] of Object.entries({ '': 50, '?limit=1': 1, '?limit=7': 7, '?limit=50': 50 })) {
        expect((await api.get(LOG + query)).body.data).toEqual(all.slice(0, count));
      }
    });

    it.each(['0', '101', '-1', '1.5', '1e1', 'all', ''])('query limit: refuses "%s"', async (limit) => {
      const { status, body } = await api.get(`${LOG}?limit=${limit}`);
      expect(status).toBe(400);
      expect(body).toEqual({ error: { code: 'VALIDATION_ERROR', message: expect.stringContaining('limit') } });
    });
  });

  describe('errors', () => {
    it.each(CREDENTIAL_FAULTS)('401 UNAUTHORIZED: %s API key / token', async (fault) => {
      for (const [what, authorization] of Object.entries(await refusedCredentials(fault, service))) {
        const response = await send(authorization === undefined ? {} : { authorization });
        expect([what, response.status]).toEqual([what, 401]);
        expect(await response.json()).toEqual({
          error: { code: 'UNAUTHORIZED', message: expect.stringContaining(fault) },
        });
      }
    });
  });
});
