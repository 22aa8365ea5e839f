import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber, newUserId } from '../support/subscriber.js';
import { clientOf } from '../../support/user-client.js';

describe('POST /v1/events', () => {
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

  it('answers 202 with the event it accepted, and delivers it', async () => {
    const { userId, api, publish } = await newSubscriber(service, receiver.url);
    const before = Date.now();
    const { status, body } = await api.post('/v1/events', {
      event: 'extraction.completed',
      userId,
      extractionId: 'extract-202',
      data: { pages: 3 },
    });
    expect(status).toBe(202);
    expect(body).toEqual({
      data: {
        id: expect.stringMatching(/^\S+$/),
        event: 'extraction.completed',
        userId,
        extractionId: 'extract-202',
        deliveries: 1,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
    });
    expect(Math.abs(Date.parse(body.data.createdAt) - before)).toBeLessThan(60_000);
    expect(await publish()).not.toMatchObject({ id: body.data.id });
    const record = (await api.log(2)).find(({ extractionId }) => extractionId === 'extract-202');
    expect(record).toMatchObject({ userId, event: 'extraction.completed', status: 'success' });
  });

  it('counts and reaches only active webhooks of that user which subscribe to the event', async () => {
    const mine = await Receiver.start();
    const others = await Receiver.start();
    const { userId, api, publish } = await newSubscriber(service, mine.url, ['extraction.completed']);
    await api.createWebhook(mine.url);
    await api.createWebhook(others.url, ['extraction.failed']);
    const { webhook: disabled } = await api.createWebhook(others.url);
    await api.patch(`/v1/webhooks/${disabled.id}`, { active: false });
    const { webhook: deleted } = await api.createWebhook(others.url);
    await api.delete(`/v1/webhooks/${deleted.id}`);
    await newSubscriber(service, others.url);

    expect(await publish({ userId })).toMatchObject({ deliveries: 2 });
    await mine.received(2);
    await api.log(2);
    expect(others.requests).toEqual([]);
    await mine.close();
    await others.close();
  });

  it('accepts an event that nobody subscribes to', async () => {
    const { id, deliveries } = await service.api.publish({ userId: newUserId() });
    expect(deliveries).toBe(0);
    expect((await service.api.get(`/v1/events/${id}`)).body.data.deliveries).toEqual([]);
  });

  it('sends the time the event happened, in UTC, and the time of its acceptance when none is given', async () => {
    const receiver = await Receiver.start();
    const { publish } = await newSubscriber(service, receiver.url);
    await publish({ occurredAt: '2025-01-20T16:30:04.512+02:00' });
    const [given] = await receiver.received(1);
    expect(JSON.parse(given!.body).timestamp).toBe('2025-01-20T14:30:04.512Z');

    const before = Date.now();
    await publish();
    const [, now] = await receiver.received(2);
    const time = Date.parse(JSON.parse(now!.body).timestamp);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
    await receiver.close();
  });

  it.each([
    ['a date alone', '2025-01-20'],
    ['no offset', '2025-01-20T14:30:04'],
    ['a day that does not exist', '2025-02-30T00:00:00Z'],
    ['an hour that does not exist', '2025-01-20T25:00:00Z'],
    ['hours alone', '2025-01-20T14Z'],
    ['the basic format of the time', '2025-01-20T1430Z'],
    ['a decimal comma', '2025-01-20T14:30:04,5Z'],
    ['the year 0', '0000-01-01T00:00:00Z'],
    ['a number', 1_737_383_404],
    ['null', null],
  ])('refuses an occurredAt that is %s', async (_case, occurredAt) => {
    const { status, body } = await publishRaw({ occurredAt });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'VALIDATION_ERROR', message: expect.stringContaining('occurredAt') });
  });

  it.each([
    ['event', 'extraction.started'],
    ['event', 'webhook.test'],
    ['event', undefined],
    ['userId', ''],
    ['userId', 'a b'],
    ['userId', 'x'.repeat(129)],
    ['userId', 7],
    ['extractionId', undefined],
    ['extractionId', 'extract-\u00e9'],
    ['extractionId', ['extract-1']],
    ['priority', 1],
  ])('refuses an event whose %s is %j', async (field, value) => {
    const { status, body } = await publishRaw({ [field]: value });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'VALIDATION_ERROR', message: expect.stringContaining(field) });
  });

  it('needs the scope events:publish', async () => {
    const userId = newUserId();
    const ordinary = await clientOf(service, userId, ['webhooks']);
    for (const path of ['/v1/events', '/v1/events/batch']) {
      const { status, body } = await ordinary.post(path, {});
      expect(status).toBe(403);
      expect(body.error.code).toBe('FORBIDDEN');
    }
  });

  function publishRaw(change: Record<string, unknown>) {
    const event = { event: 'extraction.completed', userId: 'uid_local', extractionId: 'extract-1', data: {} };
    return service.api.post('/v1/events', { ...event, ...change });
  }
});
