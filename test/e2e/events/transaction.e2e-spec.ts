import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { EventsService } from '../../../src/events/events.service.js';
import { ExtractionCompletedEvent } from '../../../src/events/extraction.events.js';
import { RecurringJobs } from '../../../src/runtime/recurring-jobs.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber, newUserId } from '../support/subscriber.js';

describe('EventsService.publish in a transaction of the producer', () => {
  let service: TestApp;
  let receiver: Receiver;
  let events: EventsService;
  let prisma: PrismaService;

  beforeAll(async () => {
    service = await startApp();
    receiver = await Receiver.start();
    events = service.app.get(EventsService);
    prisma = service.app.get(PrismaService);
    // Without the clock, only the commit itself can wake the dispatcher.
    const clock = service.app.get(RecurringJobs).registry;
    for (const name of clock.getIntervals()) clock.deleteInterval(name);
  });

  afterAll(async () => {
    await service.close();
    await receiver.close();
  });

  it('delivers when the transaction commits, woken by the commit', async () => {
    const { userId, api } = await newSubscriber(service, receiver.url);
    const accepted = await prisma.$transaction(async (tx) => {
      await tx.apiKey.updateMany({ where: { userId }, data: { name: 'written with the event' } });
      return events.publish(eventOf(userId), tx);
    });
    expect(accepted).toMatchObject({ userId, extractionId: 'extract-tx', deliveries: 1 });
    expect(await api.log(1)).toMatchObject([{ extractionId: 'extract-tx', status: 'success' }]);
    expect(await prisma.apiKey.findMany({ where: { userId } })).toMatchObject([{ name: 'written with the event' }]);
  });

  it('leaves nothing and sends nothing when the transaction is rolled back', async () => {
    const { userId, webhookUuid, api, publish } = await newSubscriber(service, receiver.url);
    const rolledBack = prisma.$transaction(async (tx) => {
      const { id } = await events.publish(eventOf(userId, 'extract-undone'), tx);
      expect(await tx.event.count({ where: { id } })).toBe(1);
      throw new Error('the producer changed its mind');
    });
    await expect(rolledBack).rejects.toThrow('the producer changed its mind');
    expect(await prisma.event.count({ where: { userId } })).toBe(0);
    expect(await prisma.delivery.count({ where: { webhookUuid } })).toBe(0);

    // A later event is delivered. The rolled-back event is not.
    await publish({ extractionId: 'extract-later' });
    expect(await api.log(1)).toMatchObject([{ extractionId: 'extract-later' }]);
    expect(receiver.requests.some(({ body }) => body.includes('extract-undone'))).toBe(false);
  });

  it('rolls the transaction back when the event is invalid, unless the producer catches it', async () => {
    const userId = newUserId();
    const failing = prisma.$transaction(async (tx) => {
      await events.publish(eventOf(userId), tx);
      await events.publish(eventOf('not a user id'), tx);
    });
    await expect(failing).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
    expect(await prisma.event.count({ where: { userId } })).toBe(0);

    await prisma.$transaction(async (tx) => {
      await events.publish(eventOf(userId), tx);
      // Refused before any statement: the transaction is still usable.
      await events.publish(eventOf('not a user id'), tx).catch(() => undefined);
    });
    expect(await prisma.event.count({ where: { userId } })).toBe(1);
  });
});

function eventOf(userId: string, extractionId = 'extract-tx'): ExtractionCompletedEvent {
  return new ExtractionCompletedEvent({ userId, extractionId, data: {} });
}
