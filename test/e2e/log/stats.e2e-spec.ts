import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidV7 } from '../../../src/common/ids.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber, type Subscriber } from '../support/subscriber.js';
import { insertRows } from '../support/insert-rows.js';

const HOUR_MS = 3_600_000;
/** The beginning of this hour. */
const NOW = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;

describe('GET /v1/webhooks/{id}/stats', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  /** Writes attempts with these durations and times into the log. */
  async function log({ userId, webhookUuid }: Subscriber, time: number, success: boolean, durations: number[]) {
    await insertRows(
      service.app.get(PrismaService),
      'delivery_attempts',
      durations.map((durationMs, index) => ({
        id: uuidV7(time + index),
        userId,
        webhookUuid,
        deliveryId: randomUUID(),
        eventId: randomUUID(),
        extractionId: 'extract-1',
        event: 'extraction.completed',
        url: 'https://your-app.example/webhooks',
        status: success ? 'success' : 'failed',
        httpStatus: success ? 200 : 500,
        error: success ? null : 'HTTP 500',
        durationMs,
        attempt: 1,
        trigger: 'event',
        requestHeaders: '',
        responseTruncated: false,
        createdAt: new Date(time + index),
      })),
    );
  }

  it('sums up attempts, in all and by hour, with the percentiles of their durations', async () => {
    const subscriber = await newSubscriber(service, 'https://your-app.example/webhooks');
    const upTo100 = Array.from({ length: 100 }, (_value, index) => index + 1);
    await log(subscriber, NOW - 3 * HOUR_MS, true, upTo100);
    await log(subscriber, NOW - HOUR_MS, true, [10, 20]);
    await log(subscriber, NOW - HOUR_MS + 60_000, false, [3_000]);
    await log(subscriber, NOW - 30 * HOUR_MS, false, [9_999]);
    await log(await newSubscriber(service, 'https://your-app.example/webhooks'), NOW - HOUR_MS, false, [7]);

    const { status, body } = await subscriber.api.get(`/v1/webhooks/${subscriber.webhookId}/stats`);
    expect(status).toBe(200);
    expect(body.data).toEqual({
      since: expect.stringMatching(/Z$/),
      attempts: 103,
      succeeded: 102,
      failed: 1,
      successRate: 102 / 103,
      durationMs: { p50: 50, p95: expect.closeTo(95.9), p99: expect.closeTo(99.98) },
      hours: [
        {
          hour: new Date(NOW - 3 * HOUR_MS).toISOString(),
          attempts: 100,
          succeeded: 100,
          failed: 0,
          successRate: 1,
          durationMs: { p50: 50.5, p95: expect.closeTo(95.05), p99: expect.closeTo(99.01) },
        },
        {
          hour: new Date(NOW - HOUR_MS).toISOString(),
          attempts: 3,
          succeeded: 2,
          failed: 1,
          successRate: 2 / 3,
          durationMs: { p50: 20, p95: expect.closeTo(2_702), p99: expect.closeTo(2_940.4) },
        },
      ],
      backlog: { pending: 0, due: 0, limited: false, oldestDue: null },
    });
    // One day by default.
    expect(Math.abs(Date.parse(body.data.since) + 24 * HOUR_MS - Date.now())).toBeLessThan(60_000);
  });

  it('counts from since on', async () => {
    const subscriber = await newSubscriber(service, 'https://your-app.example/webhooks');
    await log(subscriber, NOW - 30 * HOUR_MS, false, [100]);
    await log(subscriber, NOW - 40 * HOUR_MS, true, [100]);
    const since = new Date(NOW - 30 * HOUR_MS).toISOString();
    const { body } = await subscriber.api.get(`/v1/webhooks/${subscriber.webhookId}/stats?since=${since}`);
    expect(body.data).toMatchObject({ since, attempts: 1, succeeded: 0, failed: 1, successRate: 0 });
    expect(body.data.hours).toHaveLength(1);
  });

  it('counts real deliveries', async () => {
    const receiver = await Receiver.start((_request, response, number) =>
      response.writeHead(number === 1 ? 500 : 200).end(),
    );
    const { api, publish, webhookId } = await newSubscriber(service, receiver.url);
    await publish();
    await api.log(2);
    const { body } = await api.get(`/v1/webhooks/${webhookId}/stats`);
    expect(body.data).toMatchObject({ attempts: 2, succeeded: 1, failed: 1, successRate: 0.5 });
    await receiver.close();
  });

  it('has nulls when there are no attempts', async () => {
    const { api, webhookId } = await newSubscriber(service, 'https://your-app.example/webhooks');
    const { body } = await api.get(`/v1/webhooks/${webhookId}/stats`);
    expect(body.data).toEqual({
      since: expect.any(String),
      attempts: 0,
      succeeded: 0,
      failed: 0,
      successRate: null,
      durationMs: { p50: null, p95: null, p99: null },
      hours: [],
      backlog: { pending: 0, due: 0, limited: false, oldestDue: null },
    });
  });

  it.each(['since=yesterday', 'since=2025-01-20', 'until=2025-01-20T00:00:00Z', 'since='])(
    'refuses the query %s',
    async (query) => {
      const { api, webhookId } = await newSubscriber(service, 'https://your-app.example/webhooks');
      const { status, body } = await api.get(`/v1/webhooks/${webhookId}/stats?${query}`);
      expect(status).toBe(400);
      expect(body.error.code).toBe('VALIDATION_ERROR');
    },
  );

  describe('of all webhooks of the caller: GET /v1/webhooks/stats', () => {
    it('sums up the attempts and the backlogs of all webhooks, and of no other user', async () => {
      const receiver = await Receiver.start((request, response) => {
        response.writeHead(request.path === '/down' ? 500 : 200).end();
      });
      const subscriber = await newSubscriber(service, receiver.url);
      const { api, publish, userId } = subscriber;
      const down = await api.createWebhook(`${receiver.url}/down`);
      await log(await newSubscriber(service, 'https://your-app.example/webhooks'), NOW - HOUR_MS, false, [7]);
      await log(subscriber, NOW - 3 * HOUR_MS, true, [100, 300]);
      await api.patch(`/v1/webhooks/${down.webhook.id}`, { active: false });
      await publish();
      await api.log(3);
      await service.app.get(PrismaService).$executeRaw`
        INSERT INTO deliveries (id, event_id, webhook_id, trigger, next_attempt_at)
        SELECT gen_random_uuid(), gen_random_uuid(), id, 'retry', at::timestamptz FROM webhooks,
          unnest('{2020-01-02T00:00:00Z, 2020-01-01T00:00:00Z, 2999-01-01T00:00:00Z}'::text[]) at
        WHERE user_id = ${userId} AND NOT active`;

      const { status, body } = await api.get('/v1/webhooks/stats');
      expect(status).toBe(200);
      expect(body.data).toMatchObject({
        attempts: 3,
        succeeded: 3,
        failed: 0,
        successRate: 1,
        backlog: { pending: 3, due: 2, oldestDue: '2020-01-01T00:00:00.000Z' },
      });
      expect(body.data.hours).toHaveLength(2);
      const one = await api.get(`/v1/webhooks/${down.webhook.id}/stats`);
      expect(one.body.data).toMatchObject({ attempts: 0, backlog: body.data.backlog });
      const since = new Date(NOW).toISOString();
      expect((await api.get(`/v1/webhooks/stats?since=${since}`)).body.data).toMatchObject({ since, attempts: 1 });
      const admin = await service.api.get(`/v1/webhooks/stats?userId=${userId}`);
      expect(admin.body.data).toMatchObject({ attempts: 3 });
      expect((await api.get('/v1/webhooks/stats?userId=uid_local')).status).toBe(403);
      await receiver.close();
    });

    it.each(['since=yesterday', 'webhookId=x', 'userId='])('refuses the query %s', async (query) => {
      const { api } = await newSubscriber(service, 'https://your-app.example/webhooks');
      const { status, body } = await api.get(`/v1/webhooks/stats?${query}`);
      expect([status, body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
    });
  });
});
