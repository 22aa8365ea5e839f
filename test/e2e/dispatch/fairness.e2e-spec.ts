import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { uuidV7 } from '../../../src/common/ids.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver, type ReceivedRequest } from '../../support/receiver.js';
import { HeldReceiver } from '../support/held-receiver.js';
import { newSubscriber, type Subscriber } from '../support/subscriber.js';
import { insertRows } from '../support/insert-rows.js';

describe('Slots', () => {
  let service: TestApp;
  let held: HeldReceiver;
  let receiver: Receiver;

  beforeEach(async () => {
    held = await HeldReceiver.start();
    receiver = await Receiver.start();
  });

  afterEach(async () => {
    held.releaseAll();
    await service.close();
    await held.close();
    await receiver.close();
  });

  it('stay free for others when webhooks with long queues hang', async () => {
    service = await startApp({ env: { DISPATCH_CONCURRENCY: '32', DELIVERY_TIMEOUT_MS: '120000' } });
    for (let count = 0; count < 12; count += 1) {
      await queue(service, await newSubscriber(service, held.url), 'event', 10);
    }
    await held.receiver.received(16);
    const other = await newSubscriber(service, receiver.url);
    for (let count = 1; count <= 3; count += 1) {
      await other.publish();
      await receiver.received(count);
    }
    expect(held.openNow).toBeLessThan(32);
  });

  it('go to first attempts before many retries of the same webhook', async () => {
    service = await startApp({ env: { DISPATCH_CONCURRENCY_PER_WEBHOOK: '2' } });
    const subscriber = await newSubscriber(service, receiver.url);
    await queue(service, subscriber, 'retry', 400);
    await receiver.received(1);
    await subscriber.publish({ extractionId: 'extract-new' });
    const requests = await receiver.received(401);
    expect(positionOf(requests, 'extract-new')).toBeLessThan(300);
  });

  it('go to retries too when there are many first attempts', async () => {
    service = await startApp({ env: { DISPATCH_CONCURRENCY_PER_WEBHOOK: '2' } });
    const subscriber = await newSubscriber(service, receiver.url);
    await queue(service, subscriber, 'event', 400);
    await queue(service, subscriber, 'retry', 1, 'extract-again');
    const requests = await receiver.received(401);
    expect(positionOf(requests, 'extract-again')).toBeLessThan(300);
  });
});

/** Queues deliveries: new ones, or ones that have failed once and are due again. */
async function queue(
  service: TestApp,
  { userId, webhookUuid }: Subscriber,
  trigger: 'event' | 'retry',
  count: number,
  extractionId = 'extract-old',
) {
  const prisma = service.app.get(PrismaService);
  const time = new Date();
  const events = Array.from({ length: count }, () => ({
    id: uuidV7(time.getTime()),
    type: 'extraction.completed',
    userId,
    extractionId,
    payload: JSON.stringify({ type: 'extraction.completed', data: { id: extractionId } }),
    occurredAt: time,
    deliveryCount: 1,
  }));
  const isRetry = trigger === 'retry';
  await prisma.$transaction([
    insertRows(prisma, 'events', events),
    insertRows(
      prisma,
      'deliveries',
      events.map(({ id }) => ({
        id,
        eventId: id,
        webhookUuid,
        trigger,
        attempts: isRetry ? 1 : 0,
        scheduleStep: isRetry ? 1 : 0,
        nextAttemptAt: time,
      })),
    ),
  ]);
}

function positionOf(requests: readonly ReceivedRequest[], extractionId: string): number {
  const position = requests.findIndex(({ body }) => body.includes(`"${extractionId}"`));
  if (position === -1) throw new Error(`${extractionId} was not sent`);
  return position;
}
