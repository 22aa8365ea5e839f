import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../src/database/prisma.service.js';
import { Prisma } from '../../src/generated/prisma/client.js';
import { subscribes } from '../../src/queue/statement-parts.js';
import { subscriptionsTo } from '../../src/webhooks/event-patterns.js';
import { startApp, type TestApp } from '../support/app.js';
import { newSubscriber } from './support/subscriber.js';

const NOWHERE = 'http://127.0.0.1:1999/hook';

describe('Event patterns of a webhook', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  it.each([
    [['*'], 1, 1],
    [['extraction.*'], 1, 1],
    [['extraction.*', 'extraction.completed'], 1, 1],
    [['extraction.completed', '*', 'webhook.failing', 'delivery.*'], 1, 1],
    [['webhook.*', 'delivery.exhausted'], 0, 0],
    [['extraction.failed', 'webhook.*'], 0, 1],
  ])('%j gets %i delivery of a completed extraction, and %i of a failed one', async (events, completed, failed) => {
    const { api, publish, webhookId } = await newSubscriber(service, NOWHERE, events);
    expect((await api.get(`/v1/webhooks/${webhookId}`)).body.data.events).toEqual(events);
    expect((await publish()).deliveries).toBe(completed);
    expect((await publish({ event: 'extraction.failed' })).deliveries).toBe(failed);
  });

  it('replaces patterns by PATCH', async () => {
    const { api, publish, webhookId } = await newSubscriber(service, NOWHERE, ['*']);
    const changed = await api.patch(`/v1/webhooks/${webhookId}`, { events: ['extraction.failed'] });
    expect(changed.body.data.events).toEqual(['extraction.failed']);
    expect((await publish()).deliveries).toBe(0);
  });

  it('resolves patterns when it recovers missed events, and never recovers tests of other webhooks', async () => {
    const subscriber = await newSubscriber(service, NOWHERE, ['webhook.*', 'delivery.exhausted']);
    const { api, publish, webhookId } = subscriber;
    const since = new Date(Date.now() - 1_000).toISOString();
    await publish();
    const other = await api.createWebhook(NOWHERE);
    await api.post(`/v1/webhooks/${other.webhook.id}/test`);
    const queued = async (events: string[]): Promise<number> => {
      await api.patch(`/v1/webhooks/${webhookId}`, { events });
      return (await api.post(`/v1/webhooks/${webhookId}/recover`, { since })).body.data.queued as number;
    };
    expect(await queued(['webhook.*', 'delivery.*'])).toBe(0);
    expect(await queued(['*', 'webhook.*'])).toBe(1);
  });

  it('matches types in the same way in SQL as in the process', async () => {
    const types = [
      'extraction.completed',
      'extractions.made',
      'a.b.c',
      'a_b.c',
      'webhook.test',
      'webhook.failing',
      'delivery.x',
    ];
    const names = [
      '*',
      'extraction.*',
      'extraction.completed',
      'a.*',
      'a.b.*',
      'a_b.*',
      'webhook.*',
      'webhook.test',
      'delivery.*',
    ];
    const match = subscribes(Prisma.sql`ARRAY[name]`, Prisma.sql`type`);
    const rows = await service.app.get(PrismaService).$queryRaw<{ name: string; type: string; matches: boolean }[]>`
      SELECT type, name, ${match} AS matches FROM unnest(${types}::text[]) AS type, unnest(${names}::text[]) AS name`;
    expect(rows).toHaveLength(types.length * names.length);
    for (const { type, name, matches } of rows) {
      expect([type, name, matches]).toEqual([type, name, subscriptionsTo(type).includes(name)]);
    }
  });

  it.each([
    [['extr*'], 'events[0]: "extr*" is not an event type; use *, extraction.*, webhook.* or delivery.*'],
    [['document.*'], 'events[0]: "document.*" is not an event type; use *, extraction.*, webhook.* or delivery.*'],
    [['*.completed'], 'events[0]: "*.completed" is not an event type; use *, extraction.*'],
    [['*', '*'], 'events[1]: "*" must not repeat'],
    [
      ['webhook.failed'],
      'events[0]: "webhook.failed" is not an event type; use webhook.failing, webhook.recovered, webhook.disabled or',
    ],
    [['webhook.test'], 'events[0]: "webhook.test" is not an event type; use extraction.completed or extraction.failed'],
  ])('refuses %j', async (events, message) => {
    const { status, body } = await service.api.post('/v1/webhooks', { url: NOWHERE, events });
    expect([status, body.error.message]).toEqual([400, expect.stringContaining(message)]);
  });

  it('does not let producers publish operational events', async () => {
    const event = { event: 'webhook.failing', userId: 'uid_x', extractionId: 'e', data: {} };
    const { status, body } = await service.api.post('/v1/events', event);
    expect([status, body.error.message]).toEqual([
      400,
      'event: "webhook.failing" is not an event type; use extraction.completed or extraction.failed',
    ]);
  });
});
