import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber } from '../support/subscriber.js';

describe('An Idempotency-Key', () => {
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

  /** A subscriber, a new key, and an event for the subscriber. */
  async function given() {
    const subscriber = await newSubscriber(service, receiver.url);
    const { userId } = subscriber;
    const event = { event: 'extraction.completed', userId, extractionId: 'extract-once', data: { pages: 1 } };
    return { ...subscriber, event, headers: { 'idempotency-key': randomUUID() } };
  }

  const countEvents = (userId: string) => service.app.get(PrismaService).event.count({ where: { userId } });

  it('gives a repeated request the same answer, and sends its event once', async () => {
    const { userId, api, event, headers } = await given();
    const first = await api.post('/v1/events', event, headers);
    await api.log(1);
    // A later change does not change the answer.
    await api.createWebhook(receiver.url);
    const second = await api.post('/v1/events', event, headers);
    expect(first.status).toBe(202);
    expect(second.status).toBe(202);
    expect(second.body).toEqual(first.body);
    expect(await countEvents(userId)).toBe(1);
    expect((await api.get(`/v1/events/${first.body.data.id}`)).body.data.deliveries).toHaveLength(1);
  });

  it.each([
    ['extractionId', 'extract-other'],
    ['event', 'extraction.failed'],
    ['data', { pages: 2 }],
    ['occurredAt', '2025-01-20T14:30:03.512Z'],
  ])('is refused with 409 CONFLICT when the %s is another one', async (field, value) => {
    const { userId, api, event, headers } = await given();
    await api.post('/v1/events', event, headers);
    const { status, body } = await api.post('/v1/events', { ...event, [field]: value }, headers);
    expect(status).toBe(409);
    expect(body.error.code).toBe('CONFLICT');
    expect(await countEvents(userId)).toBe(1);
  });

  it('holds under 20 parallel requests: one event, one delivery, 20 equal answers', async () => {
    const { userId, api, event, headers } = await given();
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.post('/v1/events', event, headers)));
    for (const { status, body } of answers) {
      expect(status).toBe(202);
      expect(body).toEqual(answers[0]!.body);
    }
    expect(answers[0]!.body.data.deliveries).toBe(1);
    expect(await countEvents(userId)).toBe(1);
    await api.log(1);
    expect((await api.get(`/v1/events/${answers[0]!.body.data.id}`)).body.data.deliveries).toHaveLength(1);
  });

  it('lets one of two parallel requests with different bodies win and refuses the other', async () => {
    const { userId, api, event, headers } = await given();
    const answers = await Promise.all(
      [1, 2].map((pages) => api.post('/v1/events', { ...event, data: { pages } }, headers)),
    );
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([202, 409]);
    expect(await countEvents(userId)).toBe(1);
  });

  it('gives a repeated batch the same answer, in the same order', async () => {
    const { userId, api, event, headers } = await given();
    const events = ['a', 'b', 'c'].map((name) => ({ ...event, extractionId: `extract-${name}` }));
    const first = await api.post('/v1/events/batch', { events }, headers);
    const second = await api.post('/v1/events/batch', { events }, headers);
    expect(second.status).toBe(202);
    expect(second.body).toEqual(first.body);
    expect(await countEvents(userId)).toBe(3);

    const { status } = await api.post('/v1/events/batch', { events: events.toReversed() }, headers);
    expect(status).toBe(409);
    expect(await countEvents(userId)).toBe(3);
  });

  it('of a single event is refused for a batch, and the other way round', async () => {
    const { userId, api, event, headers } = await given();
    const events = [event, { ...event, extractionId: 'extract-second' }];
    await api.post('/v1/events', event, headers);
    for (const batch of [events, [event]]) {
      expect((await api.post('/v1/events/batch', { events: batch }, headers)).status).toBe(409);
    }
    expect(await countEvents(userId)).toBe(1);

    for (const batch of [events, [event]]) {
      const batchHeaders = { 'idempotency-key': randomUUID() };
      await api.post('/v1/events/batch', { events: batch }, batchHeaders);
      expect((await api.post('/v1/events', event, batchHeaders)).status).toBe(409);
    }
    expect(await countEvents(userId)).toBe(4);
  });

  it('belongs to its publisher: another publisher has the same key for itself', async () => {
    const { userId, api, event, headers } = await given();
    const first = await api.post('/v1/events', event, headers);
    const second = await service.api.post('/v1/events', { ...event, extractionId: 'extract-other' }, headers);
    expect(second.status).toBe(202);
    expect(second.body.data.id).not.toBe(first.body.data.id);
    expect(await countEvents(userId)).toBe(2);
  });

  it('belongs to the user, not to the API key: it holds after the key was replaced', async () => {
    const { userId, api, event, headers } = await given();
    const first = await api.post('/v1/events', event, headers);
    const second = await (await service.as(userId)).post('/v1/events', event, headers);
    expect(second.body).toEqual(first.body);
  });

  it('may be used again when its first request was refused', async () => {
    const { api, event, headers } = await given();
    expect((await api.post('/v1/events', { ...event, event: 'unknown' }, headers)).status).toBe(400);
    expect((await api.post('/v1/events', event, headers)).status).toBe(202);
  });

  it.each([
    ['longer than 255 characters', 'k'.repeat(256)],
    ['with a space inside', 'a b'],
    ['not ASCII', 'cl\u00e9'],
    ['empty', ''],
  ])('is refused when it is %s', async (_case, key) => {
    const { api, event } = await given();
    const { status, body } = await api.post('/v1/events', event, { 'idempotency-key': key });
    expect(status).toBe(400);
    expect(body.error.message).toContain('Idempotency-Key');
  });
});
