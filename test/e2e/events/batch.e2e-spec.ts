import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber, newUserId } from '../support/subscriber.js';

describe('POST /v1/events/batch', () => {
  let service: TestApp;
  let receiver: Receiver;

  beforeAll(async () => {
    service = await startApp();
    receiver = await Receiver.start();
  });

  afterAll(async () => {
    await service.close();
    await receiver.close();
  });

  const countEvents = (userId: string) => service.app.get(PrismaService).event.count({ where: { userId } });

  it('accepts 500 events, answers in the order they were sent, and delivers each', async () => {
    const { userId, api } = await newSubscriber(service, receiver.url);
    const events = eventsOf(userId, 500);
    const { status, body } = await api.post('/v1/events/batch', { events });
    expect(status).toBe(202);
    expect(body.data).toEqual(
      events.map(({ event, extractionId }) => ({
        id: expect.any(String),
        event,
        userId,
        extractionId,
        deliveries: 1,
        createdAt: expect.any(String),
      })),
    );
    expect(new Set(body.data.map(({ id }: { id: string }) => id)).size).toBe(500);

    await receiver.received(500);
    const received = receiver.requests.map((request) => JSON.parse(request.body).data);
    expect(received.map(({ index }) => index).sort((a, b) => a - b)).toEqual(events.map((_event, index) => index));
    expect(received.every(({ id, index }) => id === `extract-${index}`)).toBe(true);
  });

  it('takes events of several users, and counts the webhooks of each', async () => {
    const first = await newSubscriber(service, receiver.url);
    const second = await newSubscriber(service, receiver.url, ['extraction.failed']);
    const users = [first.userId, second.userId, newUserId(), first.userId];
    const events = users.map((userId) => ({ ...eventsOf(userId, 1)[0], userId }));
    const { body } = await service.api.post('/v1/events/batch', { events });
    expect(body.data.map(({ userId }: { userId: string }) => userId)).toEqual(users);
    expect(body.data.map(({ deliveries }: { deliveries: number }) => deliveries)).toEqual([1, 0, 0, 1]);
  });

  it.each([501, 0])('refuses %i events', async (count) => {
    const userId = newUserId();
    const { status, body } = await service.api.post('/v1/events/batch', { events: eventsOf(userId, count) });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'VALIDATION_ERROR', message: expect.stringContaining('events') });
    expect(await countEvents(userId)).toBe(0);
  });

  it.each([
    ['userId', { userId: 'not ASCII: \u00e9' }, 'events[2].userId'],
    ['extractionId', { extractionId: undefined }, 'events[2].extractionId'],
    ['event', { event: 'extraction.unknown' }, 'events[2].event'],
    ['data', { data: [] }, 'events[2].data'],
    ['occurredAt', { occurredAt: 'yesterday' }, 'events[2].occurredAt'],
    ['unknown field', { priority: 1 }, 'events[2].priority'],
    ['data.id', { data: { id: 'extract-other' } }, 'events[2].data.id'],
  ])('refuses all events when the %s of one is wrong, and names it', async (_case, fault, named) => {
    const userId = newUserId();
    const events = eventsOf(userId, 4).map((event, index) => (index === 2 ? { ...event, ...fault } : event));
    const { status, body } = await service.api.post('/v1/events/batch', { events });
    expect(status).toBe(400);
    expect(body.error.code).toBe('VALIDATION_ERROR');
    expect(body.error.message).toContain(named);
    expect(await countEvents(userId)).toBe(0);
  });

  it.each([
    ['a list', [{}]],
    ['nothing', undefined],
    ['events that are no list', { events: {} }],
    ['an event that is null', { events: [null] }],
    ['an event that is a text', { events: ['extraction.completed'] }],
    ['an event that is a list', { events: [[]] }],
    ['a field besides the events', { events: [], mode: 'fast' }],
  ])('refuses %s as the body', async (_case, body) => {
    const answer = await service.api.post('/v1/events/batch', body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.code).toBe('VALIDATION_ERROR');
  });

  it('refuses all events when one is larger than 256 KiB', async () => {
    const userId = newUserId();
    const events = eventsOf(userId, 3);
    events[1]!.data = { text: 'x'.repeat(262_144) };
    const { status, body } = await service.api.post('/v1/events/batch', { events });
    expect(status).toBe(413);
    expect(body.error.code).toBe('PAYLOAD_TOO_LARGE');
    expect(await countEvents(userId)).toBe(0);
  });

  it('stores none of the events when the database refuses one', async () => {
    const { userId, api } = await newSubscriber(service, receiver.url);
    const prisma = service.app.get(PrismaService);
    // The database refuses one row in the middle: no row of the statement may be stored.
    await prisma.$executeRawUnsafe(
      `ALTER TABLE events ADD CONSTRAINT refusal CHECK (extraction_id <> 'extract-2') NOT VALID`,
    );
    const { status } = await api.post('/v1/events/batch', { events: eventsOf(userId, 4) });
    await prisma.$executeRawUnsafe('ALTER TABLE events DROP CONSTRAINT refusal');
    expect(status).toBe(500);
    expect(await countEvents(userId)).toBe(0);
    expect(receiver.requests.some(({ body }) => body.includes(userId))).toBe(false);
    expect((await api.get('/v1/webhooks/deliveries')).body.data).toEqual([]);
  });
});

function eventsOf(userId: string, count: number): Record<string, unknown>[] {
  return Array.from({ length: count }, (_value, index) => ({
    event: index % 2 === 0 ? 'extraction.completed' : 'extraction.failed',
    userId,
    extractionId: `extract-${index}`,
    data: { index },
  }));
}
