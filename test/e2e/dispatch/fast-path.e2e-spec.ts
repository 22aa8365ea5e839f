import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { OutboxService } from '../../../src/queue/outbox.service.js';
import { eventually } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { HeldReceiver } from '../support/held-receiver.js';
import { newSubscriber, type Subscriber } from '../support/subscriber.js';

const SLOTS = 3;

function publishBatch({ userId, api }: Subscriber, count: number) {
  const events = Array.from({ length: count }, (_, index) => {
    return { event: 'extraction.completed', userId, extractionId: `extract-${index}`, data: {} };
  });
  return api.post('/v1/events/batch', { events });
}

describe('An event that is published while slots are free', () => {
  let service: TestApp;
  let prisma: PrismaService;
  /** The webhooks of claimed deliveries. */
  const claimed: string[] = [];
  /** The webhooks of each claim, with and without deliveries. */
  const asked: string[] = [];
  /** The webhooks whose claim has returned. */
  const answered: string[] = [];
  /** The webhook whose next claim fails. */
  let failing: string | undefined;

  beforeAll(async () => {
    service = await startApp({ env: { DISPATCH_CONCURRENCY_PER_WEBHOOK: String(SLOTS) } });
    prisma = service.app.get(PrismaService);
    const outbox = service.app.get(OutboxService);
    const claim = outbox.claim.bind(outbox);
    jest.spyOn(outbox, 'claim').mockImplementation(async (request) => {
      const webhooks = 'webhooks' in request.from ? request.from.webhooks : [];
      asked.push(...webhooks);
      if (failing !== undefined && webhooks.includes(failing)) {
        failing = undefined;
        throw new Error('the claim has failed');
      }
      const result = await claim(request);
      claimed.push(...result.deliveries.map(({ webhookUuid }) => webhookUuid));
      answered.push(...webhooks);
      return result;
    });
  });

  afterAll(async () => {
    await service.close();
  });

  it('is stored under a lease of this process and sent without a claim', async () => {
    const held = await HeldReceiver.start();
    const { publish, webhookUuid, api } = await newSubscriber(service, held.url);
    await publish();
    await held.receiver.received(1);
    const [delivery] = await prisma.delivery.findMany({ where: { webhookUuid } });
    expect(delivery).toMatchObject({ state: 'pending', attempts: 0, leaseToken: expect.any(String) });
    // The deadline of the attempt, and the longest waits before and after it.
    expect(Number(delivery!.leasedUntil) - Date.now()).toBeGreaterThan(15_000);
    held.releaseAll();
    expect(await api.log(1)).toMatchObject([{ status: 'success', attempt: 1, trigger: 'event' }]);
    expect([...claimed, ...asked]).not.toContain(webhookUuid);
    await held.close();
  });

  it('takes only the slots of its webhook: other deliveries wait in the table and are claimed', async () => {
    const held = await HeldReceiver.start();
    const subscriber = await newSubscriber(service, held.url);
    await publishBatch(subscriber, 10);
    await held.receiver.received(SLOTS);
    const { webhookUuid } = subscriber;
    expect(await prisma.delivery.count({ where: { webhookUuid, leaseToken: { not: null } } })).toBe(SLOTS);
    expect(claimed).not.toContain(webhookUuid);

    held.releaseAll();
    const requests = await held.receiver.received(10);
    expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(10);
    expect(held.mostOpen).toBe(SLOTS);
    expect(claimed).toContain(webhookUuid);
    await held.close();
  });

  it('does not overtake deliveries that wait in the table', async () => {
    const held = await HeldReceiver.start();
    const subscriber = await newSubscriber(service, held.url);
    await publishBatch(subscriber, SLOTS + 1);
    await held.receiver.received(SLOTS);
    const { webhookUuid } = subscriber;
    // A slot becomes free. One slot does not cause a claim.
    held.releaseOne();
    await subscriber.api.log(1);
    // Wait until the process knows of the remaining one.
    await eventually(async () => {
      const { id } = await subscriber.publish({ extractionId: 'extract-late' });
      const [late] = await prisma.delivery.findMany({ where: { eventId: id } });
      return late?.leaseToken === null ? true : undefined;
    }, 'a delivery that is not leased');
    held.releaseAll();
    await eventually(async () => {
      return (await prisma.delivery.count({ where: { webhookUuid, state: 'pending' } })) === 0 ? true : undefined;
    }, 'the last delivery');
    const order = held.receiver.requests.map(({ body }) => JSON.parse(body).data.id as string);
    expect(order.slice(0, SLOTS + 1)).not.toContain('extract-late');
    await held.close();
  });

  it('is sent without a claim again after a claim has failed', async () => {
    const held = await HeldReceiver.start();
    const subscriber = await newSubscriber(service, held.url);
    const { webhookUuid, api } = subscriber;
    await publishBatch(subscriber, SLOTS + 1);
    await held.receiver.received(SLOTS);
    failing = webhookUuid;
    held.releaseAll();
    await api.log(SLOTS + 1);
    expect(failing).toBeUndefined();

    await eventually(
      async () => (answered.includes(webhookUuid) ? true : undefined),
      'the claim to be repeated',
      5_000,
    );
    const before = asked.filter((asked) => asked === webhookUuid).length;
    await subscriber.publish();
    await api.log(SLOTS + 2);
    expect(asked.filter((asked) => asked === webhookUuid)).toHaveLength(before);
    await held.close();
  });

  it('is sent once to each of its webhooks', async () => {
    const receivers = await Promise.all([Receiver.start(), Receiver.start(), Receiver.start()]);
    const subscriber = await newSubscriber(service, receivers[0].url);
    for (const { url } of receivers.slice(1)) await subscriber.api.createWebhook(url);
    await subscriber.publish();
    await subscriber.api.log(3);
    expect(receivers.map(({ requests }) => requests.length)).toEqual([1, 1, 1]);
    for (const receiver of receivers) await receiver.close();
  });

  it('is sent under its id in the table, on the fast path and when claimed', async () => {
    const receivers = await Promise.all([Receiver.start(), Receiver.start()]);
    const subscriber = await newSubscriber(service, receivers[0].url);
    await subscriber.api.createWebhook(receivers[1].url);
    await publishBatch(subscriber, 10);
    await subscriber.api.log(20);
    const { data: events } = (await subscriber.api.get('/v1/webhooks/deliveries')).body as {
      data: { deliveryId: string; webhookId: string }[];
    };
    const stored = await prisma.delivery.findMany({
      where: { id: { in: events.map(({ deliveryId }) => deliveryId) } },
    });
    expect(stored).toHaveLength(20);
    const sent = receivers.flatMap(({ requests }) => requests.map(({ headers }) => headers['webhook-id']));
    expect(new Set(sent)).toEqual(new Set(stored.map(({ id }) => id)));
    for (const receiver of receivers) await receiver.close();
  });

  describe('for a webhook that has recently answered more requests per second than it has slots', () => {
    it('is sent without a claim, beyond its slots', async () => {
      const receiver = await Receiver.start();
      const subscriber = await newSubscriber(service, receiver.url);
      const claims = () => claimed.filter((webhookUuid) => webhookUuid === subscriber.webhookUuid).length;
      for (let round = 0; round < 4; round += 1) await publishBatch(subscriber, 100);
      let published = 400;
      await receiver.received(published);
      const before = claims();
      expect(before).toBeGreaterThan(0);
      await eventually(async () => {
        const sofar = claims();
        // More deliveries than a claim may take for it at once.
        await publishBatch(subscriber, 150);
        published += 150;
        await receiver.received(published);
        return claims() === sofar ? true : undefined;
      }, 'a batch of which nothing is claimed');
      await receiver.close();
    });
  });
});
