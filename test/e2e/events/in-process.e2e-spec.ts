import { EventEmitter2 } from '@nestjs/event-emitter';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { OutboxService } from '../../../src/queue/outbox.service.js';
import {
  ExtractionCompletedEvent,
  ExtractionFailedEvent,
  type ExtractionEventInput,
} from '../../../src/events/extraction.events.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber, newUserId } from '../support/subscriber.js';

describe('An extraction event that a module emits', () => {
  let service: TestApp;
  let emitter: EventEmitter2;
  let prisma: PrismaService;
  let receiver: Receiver;

  beforeAll(async () => {
    service = await startApp();
    emitter = service.app.get(EventEmitter2);
    prisma = service.app.get(PrismaService);
    receiver = await Receiver.start();
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(async () => {
    await service.close();
    await receiver.close();
  });

  it.each([ExtractionCompletedEvent, ExtractionFailedEvent])(
    'is committed when emitAsync resolves: %p',
    async (Event) => {
      const { userId, api } = await newSubscriber(service, receiver.url);
      const occurredAt = new Date('2025-01-20T14:30:03.512Z');
      const [accepted] = await emitter.emitAsync(Event.eventName, new Event({ ...inputOf(userId), occurredAt }));
      const stored = await prisma.event.findMany({ where: { userId } });
      expect(stored).toMatchObject([{ id: accepted.id, type: Event.eventName, occurredAt, deliveryCount: 1 }]);
      expect(accepted).toMatchObject({
        event: Event.eventName,
        userId,
        extractionId: 'extract-emitted',
        deliveries: 1,
      });

      const [record] = await api.log(1);
      expect(record).toMatchObject({ event: Event.eventName, extractionId: 'extract-emitted', status: 'success' });
      const sent = receiver.requests.find(({ headers }) => headers['webhook-id'] === record!.deliveryId);
      expect(sent!.body).toBe(
        `{"type":"${Event.eventName}","timestamp":"2025-01-20T14:30:03.512Z","data":{"id":"extract-emitted","pages":3}}`,
      );
    },
  );

  it('has the type under which it was emitted, also as a plain object', async () => {
    const userId = newUserId();
    await emitter.emitAsync('extraction.failed', { ...inputOf(userId), event: 'extraction.completed' });
    expect(await prisma.event.findMany({ where: { userId } })).toMatchObject([{ type: 'extraction.failed' }]);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'extract-1'],
    ['no user', { extractionId: 'extract-1', data: {} }],
    ['a user id with a space', { userId: 'a b', extractionId: 'extract-1', data: {} }],
    ['data that is a list', { userId: 'uid_local', extractionId: 'extract-1', data: [] }],
    ['no data', { userId: 'uid_local', extractionId: 'extract-1' }],
    ['data with a BigInt', { userId: 'uid_local', extractionId: 'extract-1', data: { size: 1n } }],
    ['another data.id', { userId: 'uid_local', extractionId: 'extract-1', data: { id: 'extract-2' } }],
    ['an invalid date', { userId: 'uid_local', extractionId: 'extract-1', data: {}, occurredAt: new Date('x') }],
  ])('makes emitAsync reject when it is %s', async (_case, event) => {
    await expect(emitter.emitAsync(ExtractionCompletedEvent.eventName, event)).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    });
  });

  it('makes emitAsync reject when it is too large', async () => {
    const event = new ExtractionCompletedEvent({ ...inputOf('uid_local'), data: { text: 'x'.repeat(262_144) } });
    await expect(emitter.emitAsync(event.event, event)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  it('makes emitAsync reject when the database fails', async () => {
    const userId = newUserId();
    const failure = new Error('the database is away');
    jest.spyOn(service.app.get(OutboxService), 'enqueue').mockRejectedValueOnce(failure);
    const emitted = emitter.emitAsync('extraction.completed', new ExtractionCompletedEvent(inputOf(userId)));
    await expect(emitted).rejects.toBe(failure);
    expect(await prisma.event.count({ where: { userId } })).toBe(0);
  });

  it('does not end the process when it is invalid and emitted without waiting', async () => {
    const { userId, api } = await newSubscriber(service, receiver.url);
    const outbox = service.app.get(OutboxService);
    const enqueue = outbox.enqueue.bind(outbox);
    const spy = jest.spyOn(outbox, 'enqueue').mockImplementation(async (requests, options) => {
      const isLost = requests.some(({ events }) => events.some((event) => event.extractionId === 'extract-lost'));
      if (isLost) throw new Error('the database refuses it');
      return enqueue(requests, options);
    });
    expect(emitter.emit('extraction.completed', undefined)).toBe(true);
    emitter.emit('extraction.completed', { userId });
    emitter.emit('extraction.completed', new ExtractionCompletedEvent(inputOf(userId, 'extract-lost')));
    // A later, valid event is still accepted. Its delivery takes many turns of the loop. Node reports an unhandled
    // rejection in them, and Jest then fails the test.
    emitter.emit('extraction.completed', new ExtractionCompletedEvent(inputOf(userId, 'extract-valid')));
    expect(await api.log(1)).toMatchObject([{ extractionId: 'extract-valid' }]);
    spy.mockRestore();
  });
});

describe('An extraction event that is emitted after the end of the application', () => {
  it('makes emitAsync reject, and does not end the process', async () => {
    const service = await startApp();
    const emitter = service.app.get(EventEmitter2);
    await service.close();
    const event = new ExtractionCompletedEvent(inputOf(newUserId()));
    await expect(emitter.emitAsync(event.event, event)).rejects.toThrow('the application has ended');
    // An unhandled rejection would fail the test.
    expect(emitter.emit(event.event, event)).toBe(true);
    expect(await emitter.emitAsync('an event of another kind', event)).toEqual([undefined]);
  });
});

function inputOf(userId: string, extractionId = 'extract-emitted'): ExtractionEventInput {
  return { userId, extractionId, data: { pages: 3 } };
}
