import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { OutboxService } from '../../../src/queue/outbox.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { HeldReceiver } from '../support/held-receiver.js';
import { newSubscriber, type Subscriber } from '../support/subscriber.js';
import { insertRows } from '../support/insert-rows.js';

describe('Deliveries that are due together', () => {
  let held: HeldReceiver;

  beforeEach(async () => {
    held = await HeldReceiver.start();
  });

  afterEach(async () => {
    await held.close();
  });

  describe('with three slots, two for each webhook', () => {
    let service: TestApp;

    beforeAll(async () => {
      service = await startApp({ env: { DISPATCH_CONCURRENCY: '3', DISPATCH_CONCURRENCY_PER_WEBHOOK: '2' } });
    });

    afterAll(async () => {
      await service.close();
    });

    it('respect the limit of a webhook, and use each freed slot', async () => {
      const subscriber = await newSubscriber(service, held.url);
      await publishMany(service, eventsFor(subscriber, 6));
      await held.receiver.received(2);
      // This wakes the dispatcher, which finds the other webhook and skips this one.
      await expectDelivered(service);
      expect(held.openNow).toBe(2);

      for (let count = 3; count <= 6; count += 1) {
        held.releaseOne();
        await held.receiver.received(count);
        expect(held.openNow).toBe(2);
      }
      held.releaseAll();
      expect(await subscriber.api.log(6)).toHaveLength(6);
      expect(held.mostOpen).toBe(2);
    });

    it('respect the global limit', async () => {
      const subscribers = await Promise.all(Array.from({ length: 4 }, () => newSubscriber(service, held.url)));
      await publishMany(
        service,
        subscribers.flatMap((subscriber) => eventsFor(subscriber, 3)),
      );
      await held.receiver.received(3);
      // Time for further requests: no signal announces their absence.
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(held.openNow).toBe(3);
      while (held.receiver.requests.length < 12) {
        held.releaseOne();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      held.releaseAll();
      for (const { api } of subscribers) expect(await api.log(3)).toHaveLength(3);
      expect(held.mostOpen).toBe(3);
    });

    it('do not wait for a webhook with a long queue', async () => {
      held.releaseAll();
      const busy = await newSubscriber(service, held.url);
      const other = await newSubscriber(service, held.url);
      await publishMany(service, [...eventsFor(busy, 100), ...eventsFor(other, 1)]);
      const requests = await held.receiver.received(101);
      const [record] = await other.api.log(1);
      const position = requests.findIndex(({ headers }) => headers['webhook-id'] === record!.deliveryId);
      // In the order of the queue it would be the last.
      expect(position).toBeLessThan(20);
    });

    it('are each sent once, one after another without waiting for the clock', async () => {
      held.releaseAll();
      await publishMany(service, eventsFor(await newSubscriber(service, held.url), 100));
      // At two per tick of the clock this would take 50 s.
      const requests = await held.receiver.received(100);
      expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(100);
      expect(held.mostOpen).toBeLessThanOrEqual(2);
    });
  });

  describe('with the default limits', () => {
    let service: TestApp;

    beforeAll(async () => {
      service = await startApp();
    });

    afterAll(async () => {
      await service.close();
    });

    it('do not wait for a webhook that hangs', async () => {
      const hanging = await newSubscriber(service, held.url);
      await publishMany(service, eventsFor(hanging, 40));
      await held.receiver.received(10);
      for (let count = 0; count < 3; count += 1) await expectDelivered(service);
      expect(held.openNow).toBe(10);
      expect((await hanging.api.get('/v1/webhooks/deliveries')).body.data).toEqual([]);
      held.releaseAll();
      await hanging.api.log(40);
    });

    it('cause no queries when many webhooks have only deliveries that are due later', async () => {
      const nextAttemptAt = new Date(Date.now() + 3_600_000);
      // More webhooks than one claim reads.
      const waiting = Array.from({ length: 600 }, () => ({ webhookUuid: randomUUID(), eventId: randomUUID() }));
      await insertRows(
        service.app.get(PrismaService),
        'deliveries',
        waiting.map((row) => ({ ...row, id: randomUUID(), trigger: 'retry', nextAttemptAt })),
      );
      await expectDelivered(service);
      const claim = jest.spyOn(service.app.get(OutboxService), 'claim');
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      // The clock ticks once or twice in that time, and three claims scan all webhooks. Earlier deliveries can cause one
      // more scan.
      expect(claim.mock.calls.length).toBeGreaterThan(0);
      expect(claim.mock.calls.length).toBeLessThanOrEqual(12);
      claim.mockRestore();
    });
  });
});

function eventsFor({ userId }: Subscriber, count: number): Record<string, unknown>[] {
  return Array.from({ length: count }, (_value, index) => ({
    event: 'extraction.completed',
    userId,
    extractionId: `extract-${index}`,
    data: {},
  }));
}

async function publishMany({ api }: TestApp, events: Record<string, unknown>[]): Promise<void> {
  expect((await api.post('/v1/events/batch', { events })).status).toBe(202);
}

/** A new webhook gets an event. */
async function expectDelivered(service: TestApp): Promise<void> {
  const receiver = await Receiver.start();
  const { publish, api } = await newSubscriber(service, receiver.url);
  await publish();
  expect(await api.log(1)).toMatchObject([{ status: 'success' }]);
  await receiver.close();
}
