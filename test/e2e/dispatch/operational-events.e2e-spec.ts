import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidV7 } from '../../../src/common/ids.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { OutboxService } from '../../../src/queue/outbox.service.js';
import type { SettledAttempt } from '../../../src/queue/outbox.types.js';
import { eventually } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { newDatabase, type TestDatabase } from '../../support/database.js';
import { Receiver } from '../../support/receiver.js';
import { insertRows } from '../support/insert-rows.js';
import { newSubscriber, type Subscriber } from '../support/subscriber.js';

interface Told {
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
}

const toldTo = ({ requests }: Receiver): Told[] => requests.map(({ body }) => JSON.parse(body) as Told);

describe('Operational events', () => {
  let database: TestDatabase;
  let service: TestApp;
  let services: TestApp[];
  let monitor: Receiver;

  /** A user with a webhook to watch, and another one that gets operational events. */
  async function given(url: string, events = ['webhook.*', 'delivery.*']): Promise<Subscriber> {
    monitor = await Receiver.start((_request, response) => response.end());
    const subscriber = await newSubscriber(service, url, ['extraction.completed']);
    await subscriber.api.createWebhook(monitor.url, events);
    return subscriber;
  }

  /** Waits until no delivery of the user is pending: nothing more can follow. */
  async function settled(...types: string[]): Promise<Told[]> {
    await eventually(async () => (monitor.requests.length >= types.length ? true : undefined), types.join(', '));
    const prisma = service.app.get(PrismaService);
    await eventually(async () => {
      const active = await prisma.webhook.findMany({ where: { active: true } });
      const pending = await prisma.delivery.count({
        where: { state: 'pending', webhookUuid: { in: active.map(({ id }) => id) } },
      });
      return pending === 0 ? true : undefined;
    }, 'all deliveries to be settled');
    const told = toldTo(monitor);
    expect(told.map(({ type }) => type).sort()).toEqual([...types].sort());
    return told;
  }

  beforeAll(async () => {
    database = await newDatabase();
    const env = { RETRY_SCHEDULE: '0s,20ms' };
    service = await startApp({ database, env });
    services = database.env.DATABASE_URL === undefined ? [service] : [service, await startApp({ database, env })];
  });

  afterAll(async () => {
    for (const each of services) await each.close();
    await database.drop();
  });

  it('tell once that a webhook is failing, at the third delivery in a row, and once that it has recovered', async () => {
    let status = 500;
    const receiver = await Receiver.start((_request, response) => response.writeHead(status).end());
    const { publish, api, webhookId, userId } = await given(receiver.url, ['webhook.*']);
    await publish();
    await publish();
    await settled();
    // More failures than the third, through all processes.
    for (let number = 0; number < 6; number += 1) {
      const through = services[number % services.length]!;
      await through.api.publish({ userId, extractionId: `x${number}` });
    }
    const [failing] = await settled('webhook.failing');
    expect(failing).toEqual({
      type: 'webhook.failing',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      data: { webhookId, url: receiver.url, since: expect.stringMatching(/Z$/), error: 'HTTP 500' },
    });
    status = 200;
    await publish();
    await publish();
    const told = await settled('webhook.failing', 'webhook.recovered');
    expect(told[1]).toMatchObject({ type: 'webhook.recovered', data: { webhookId, url: receiver.url } });

    // They are events like others.
    const { body } = await api.get('/v1/webhooks/deliveries?event=webhook.failing');
    expect(body.data).toEqual([
      expect.objectContaining({
        event: 'webhook.failing',
        extractionId: null,
        status: 'success',
        trigger: 'event',
        attempt: 1,
      }),
    ]);
    status = 500;
    for (const extractionId of ['a', 'b', 'c']) await publish({ extractionId });
    await settled('webhook.failing', 'webhook.recovered', 'webhook.failing');
    await receiver.close();
    await monitor.close();
  });

  it('tell the error of the latest attempt when a batch settles several', async () => {
    const { api, userId } = await newSubscriber(service, 'https://example.com/hook', ['extraction.completed']);
    monitor = await Receiver.start((_request, response) => response.end());
    await api.createWebhook(monitor.url, ['webhook.failing']);
    const prisma = service.app.get(PrismaService);
    const { id: webhookUuid, url } = await prisma.webhook.findFirstOrThrow({
      where: { userId, url: 'https://example.com/hook' },
    });
    const made = ['a timeout', 'z', 'HTTP 500'].map((error, index) => {
      const startedAt = Date.now() + index;
      const [id, eventId, leaseToken] = [uuidV7(startedAt), uuidV7(startedAt), randomUUID()];
      return {
        id,
        error,
        startedAt,
        delivery: { id: randomUUID(), eventId, webhookUuid, leaseToken, trigger: 'event' },
      };
    });
    await insertRows(
      prisma,
      'deliveries',
      made.map(({ delivery }) => ({
        ...delivery,
        nextAttemptAt: new Date(),
        leasedUntil: new Date(Date.now() + 60_000),
      })),
    );
    const attempts = made.map(({ id, error, startedAt, delivery }) => ({
      id,
      delivery: {
        ...delivery,
        userId,
        url,
        eventType: 'extraction.completed',
        extractionId: null,
        attempts: 0,
        scheduleStep: 0,
      },
      createdAt: new Date(startedAt),
      requestHeaders: {},
      outcome: { response: null, error, durationMs: 5 },
      settlement: { state: 'exhausted', nextDelayMs: null, pauseMs: null, gone: false },
    }));
    await service.app.get(OutboxService).settle(attempts as unknown as SettledAttempt[]);
    const [failing] = await settled('webhook.failing');
    expect(failing!.data).toMatchObject({ error: 'HTTP 500' });
    await monitor.close();
  });

  it('tell of each exhausted delivery', async () => {
    const receiver = await Receiver.start((_request, response) => response.writeHead(400).end());
    const { publish, webhookId } = await given(receiver.url, ['delivery.exhausted']);
    const { id } = await publish({ extractionId: 'extract-1' });
    const [told] = await settled('delivery.exhausted');
    expect(told!.data).toEqual({
      webhookId,
      url: receiver.url,
      deliveryId: receiver.requests[0]!.headers['webhook-id'],
      eventId: id,
      extractionId: 'extract-1',
    });
    await receiver.close();
    await monitor.close();
  });

  it('tell that a webhook was disabled, by its receiver, its owner or an operator', async () => {
    const receiver = await Receiver.start((_request, response) => response.writeHead(410).end());
    const { publish, api, webhookId } = await given(receiver.url, ['webhook.disabled']);
    await publish();
    const [gone] = await settled('webhook.disabled');
    expect(gone!.data).toEqual({ webhookId, url: receiver.url, reason: 'The endpoint answered 410 Gone.' });
    const path = `/v1/webhooks/${webhookId}`;
    await api.patch(path, { active: true });
    await api.patch(path, { active: false });
    const told = await settled('webhook.disabled', 'webhook.disabled');
    expect(told[1]!.data).toEqual({ webhookId, url: receiver.url, reason: 'Disabled by its owner.' });
    await receiver.close();
    await monitor.close();
  });

  it('never go to the webhook that they describe, and never cause another one', async () => {
    const receiver = await Receiver.start((_request, response) => response.writeHead(500).end());
    const { publish, api, userId } = await newSubscriber(service, receiver.url, [
      'extraction.completed',
      'webhook.*',
      'delivery.*',
    ]);
    monitor = await Receiver.start((_request, response) => response.writeHead(500).end());
    await api.createWebhook(monitor.url, ['webhook.*', 'delivery.*']);
    for (let number = 0; number < 4; number += 1) await publish({ extractionId: `x${number}` });
    // Each event is sent twice, and then exhausted.
    await receiver.received(8);
    await monitor.received(10);
    const prisma = service.app.get(PrismaService);
    await eventually(async () => {
      const events = await prisma.event.findMany({ where: { userId } });
      const pending = await prisma.delivery.count({
        where: { state: 'pending', eventId: { in: events.map(({ id }) => id) } },
      });
      return pending === 0 ? true : undefined;
    }, 'all deliveries to be settled');
    expect(toldTo(receiver).filter(({ type }) => !type.startsWith('extraction.'))).toEqual([]);
    const types = await prisma.event.groupBy({ by: ['type'], where: { userId }, _count: true });
    expect(Object.fromEntries(types.map(({ type, _count }) => [type, _count]))).toEqual({
      'extraction.completed': 4,
      'delivery.exhausted': 4,
      'webhook.failing': 1,
    });
    await receiver.close();
    await monitor.close();
  });

  it('are not stored when no other webhook subscribes, and can be recovered by one that was not active', async () => {
    const receiver = await Receiver.start((_request, response) => response.writeHead(400).end());
    const { publish, api, userId } = await newSubscriber(service, receiver.url, ['extraction.completed']);
    await publish();
    await receiver.received(2);
    await api.log(2);
    const prisma = service.app.get(PrismaService);
    expect(await prisma.event.count({ where: { userId, type: 'delivery.exhausted' } })).toBe(0);

    monitor = await Receiver.start((_request, response) => response.end());
    const { webhook } = await api.createWebhook(monitor.url, ['delivery.exhausted']);
    const path = `/v1/webhooks/${webhook.id}`;
    await api.patch(path, { active: false });
    const since = new Date(Date.now() - 1_000).toISOString();
    await publish();
    await eventually(
      async () =>
        (await prisma.event.count({ where: { userId, type: 'delivery.exhausted' } })) === 1 ? true : undefined,
      'the event',
    );
    await api.patch(path, { active: true });
    expect((await api.post(`${path}/recover`, { since })).status).toBe(202);
    await monitor.received(1);
    expect(toldTo(monitor)[0]!.type).toBe('delivery.exhausted');
    await receiver.close();
    await monitor.close();
  });

  it('pass the filter of the webhook that gets them', async () => {
    const receiver = await Receiver.start((_request, response) => response.writeHead(400).end());
    const { publish, api } = await newSubscriber(service, receiver.url, ['extraction.completed']);
    monitor = await Receiver.start((_request, response) => response.end());
    const { webhook } = await api.createWebhook(monitor.url, ['delivery.exhausted']);
    await api.patch(`/v1/webhooks/${webhook.id}`, { filter: { 'data.extractionId': 'wanted' } });
    await publish({ extractionId: 'other' });
    await receiver.received(2);
    await publish({ extractionId: 'wanted' });
    await monitor.received(1);
    expect(toldTo(monitor).map(({ data }) => data.extractionId)).toEqual(['wanted']);
    await receiver.close();
    await monitor.close();
  });
});
