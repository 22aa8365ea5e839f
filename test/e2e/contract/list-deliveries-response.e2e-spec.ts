import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';

const LOG = '/v1/webhooks/deliveries';
const SUCCESSES = [200, 201, 202, 204, 226, 299];
/** Statuses that neither disable nor slow down a webhook. */
const FAILURES = [300, 301, 304, 307, 400, 401, 404, 500, 501];

// One test for each sentence and table row of the page, in its order.
describe('List deliveries: the response', () => {
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
      const { answer = 200 } = JSON.parse(request.body).data;
      if (answer === 'none') response.destroy();
      else response.writeHead(answer, { location: receiver.url }).end();
    });
  });

  afterEach(async () => {
    await receiver.close();
  });

  /** Publishes an event and waits for its record, the newest. `answer` is the status the receiver answers. */
  async function recordOf(answer: number | 'none', event: object = {}) {
    const before = (await api.get(`${LOG}?limit=100`)).body.data.length;
    await api.publish({ userId, data: { answer }, ...event });
    const [record = {}] = await api.log(before + 1);
    return record;
  }

  it('status: 200 OK', async () => {
    expect((await api.get(LOG)).status).toBe(200);
  });

  it('the response body holds a data array of delivery log objects', async () => {
    const empty = await api.get(LOG);
    expect(empty.headers.get('content-type')).toMatch(/^application\/json/);
    expect(empty.body.data).toEqual([]);
    await api.createWebhook(receiver.url);
    const record = await recordOf(200);
    expect((await api.get(LOG)).body.data).toEqual([record]);
  });

  it('id (string): the unique id of the delivery record', async () => {
    await api.createWebhook(receiver.url);
    const { id: first } = await recordOf(200);
    const { id: second } = await recordOf(200);
    expect(first).toEqual(expect.any(String));
    expect(second).toEqual(expect.any(String));
    expect(second).not.toBe(first);
    expect((await api.get(`${LOG}/${String(first)}`)).body.data.id).toBe(first);
  });

  it('userId (string): the id of the user who owns the webhook', async () => {
    await api.createWebhook(receiver.url);
    // The record belongs to the owner, not to the publisher.
    await service.api.publish({ userId });
    expect(await api.log(1)).toMatchObject([{ userId }]);
  });

  it('webhookId (string): the id of the webhook it was sent to', async () => {
    const { webhook: completed } = await api.createWebhook(receiver.url, ['extraction.completed']);
    const { webhook: failed } = await api.createWebhook(receiver.url, ['extraction.failed']);
    expect(await recordOf(200, { event: 'extraction.completed' })).toMatchObject({ webhookId: completed.id });
    expect(await recordOf(200, { event: 'extraction.failed' })).toMatchObject({ webhookId: failed.id });
  });

  it('extractionId (string): the id of the extraction that triggered the delivery', async () => {
    await api.createWebhook(receiver.url);
    const record = await recordOf(200, { extractionId: 'extract-uvw456' });
    expect(record).toMatchObject({ extractionId: 'extract-uvw456' });
  });

  it('event (string): the name of the event, extraction.completed or extraction.failed', async () => {
    await api.createWebhook(receiver.url);
    for (const event of ['extraction.completed', 'extraction.failed']) {
      expect(await recordOf(200, { event })).toMatchObject({ event });
    }
  });

  it('url (string): the URL of the webhook at the time of sending', async () => {
    const before = `${receiver.url}/before`;
    const after = `${receiver.url}/after`;
    const { webhook } = await api.createWebhook(before);
    await recordOf(200);
    expect((await api.patch(`/v1/webhooks/${webhook.id}`, { url: after })).status).toBe(200);
    expect(await api.log(1)).toMatchObject([{ url: before }]);
    await recordOf(200);
    expect(await api.log(2)).toMatchObject([{ url: after }, { url: before }]);
    expect(receiver.requests.map(({ path }) => path)).toEqual(['/webhooks/docmap/before', '/webhooks/docmap/after']);
  });

  it('status (string): success when the endpoint answers a 2xx status, failed otherwise', async () => {
    await api.createWebhook(receiver.url);
    for (const answer of [...SUCCESSES, ...FAILURES, 'none'] as const) {
      const { status } = await recordOf(answer);
      expect([answer, status]).toEqual([answer, SUCCESSES.includes(Number(answer)) ? 'success' : 'failed']);
    }
    // No answered request was sent twice: a redirect is not followed. A request that a kept connection lost is sent
    // once more.
    const answered = receiver.requests.filter(({ body }) => !body.includes('"none"'));
    expect(answered).toHaveLength(SUCCESSES.length + FAILURES.length);
  });

  it('httpStatus (number | null): the status code of the response', async () => {
    await api.createWebhook(receiver.url);
    for (const answer of [200, 204, 301, 404, 500]) {
      expect(await recordOf(answer)).toMatchObject({ httpStatus: answer });
    }
  });

  it('httpStatus: null where the request failed before a response came, as by a network error', async () => {
    const closed = await Receiver.start();
    await api.createWebhook(receiver.url, ['extraction.completed']);
    await api.createWebhook(closed.url, ['extraction.failed']);
    await closed.close();
    expect(await recordOf('none', { event: 'extraction.completed' })).toMatchObject({ httpStatus: null });
    expect(await recordOf('none', { event: 'extraction.failed' })).toMatchObject({ httpStatus: null });
  });

  it('error (string | null): a message when the delivery failed, null on success', async () => {
    await api.createWebhook(receiver.url);
    for (const answer of [404, 500, 'none'] as const) {
      expect(await recordOf(answer)).toMatchObject({ status: 'failed', error: expect.stringMatching(/\S/) });
    }
    for (const answer of [200, 204]) expect(await recordOf(answer)).toMatchObject({ status: 'success', error: null });
  });

  it('durationMs (number): the round trip time of the attempt in milliseconds', async () => {
    let heldMs = 0;
    const slow = await Receiver.start((_request, response) => {
      const begin = performance.now();
      setTimeout(() => {
        heldMs = performance.now() - begin;
        response.end();
      }, 150);
    });
    await api.createWebhook(slow.url);
    const begin = performance.now();
    const { durationMs } = await recordOf(200);
    expect(durationMs).toBeGreaterThanOrEqual(Math.floor(heldMs));
    expect(durationMs).toBeLessThanOrEqual(Math.ceil(performance.now() - begin));
    await slow.close();
  });

  it('createdAt (string): the ISO 8601 timestamp of when the delivery was attempted', async () => {
    await api.createWebhook(receiver.url);
    const { createdAt } = await recordOf(200);
    expect(createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    // The time in the request itself, in seconds.
    const sentAt = receiver.requests[0]?.headers['webhook-timestamp'];
    expect(String(Math.floor(Date.parse(String(createdAt)) / 1_000))).toBe(sentAt);
  });
});
