import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidV7 } from '../../../src/common/ids.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { eventually } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber, newUserId, type Subscriber } from '../support/subscriber.js';
import { insertRows } from '../support/insert-rows.js';

describe('POST /v1/webhooks/{id}/recover', () => {
  let service: TestApp;
  let prisma: PrismaService;

  beforeAll(async () => {
    service = await startApp({ env: { RETRY_SCHEDULE: '0s' } });
    prisma = service.app.get(PrismaService);
  });

  afterAll(async () => {
    await service.close();
  });

  it('queues exhausted and never queued deliveries, each once, and changes no others', async () => {
    let healthy = false;
    const receiver = await Receiver.start(({ body }, response) => {
      response.writeHead(body.includes('extract-given-up') && !healthy ? 500 : 200).end();
    });
    const subscriber = await newSubscriber(service, receiver.url, ['extraction.completed']);
    const { api, publish, webhookId, webhookUuid } = subscriber;
    await whilePaused(subscriber, () => publish({ extractionId: 'extract-before' }));
    // The window begins after the millisecond of the event before it.
    const since = new Date(Date.now() + 1).toISOString();
    await eventually(async () => (Date.now() > Date.parse(since) ? true : undefined), 'the next millisecond');
    await publish({ extractionId: 'extract-received' });
    await publish({ extractionId: 'extract-given-up' });
    await api.log(2);
    await whilePaused(subscriber, async () => {
      await publish({ extractionId: 'extract-missed' });
      await publish({ extractionId: 'extract-not-subscribed', event: 'extraction.failed' });
      await publish({ extractionId: 'extract-of-another', userId: newUserId() });
    });
    // This delivery is pending: it is queued and waits for the end of the webhook's pause.
    await prisma.webhook.update({
      where: { id: webhookUuid },
      data: { throttledUntil: new Date(Date.now() + 60_000) },
    });
    await publish({ extractionId: 'extract-pending' });
    healthy = true;

    const { status, body } = await api.post(`/v1/webhooks/${webhookId}/recover`, { since });
    expect(status).toBe(202);
    expect(body.data).toEqual({
      id: expect.any(String),
      webhookId,
      since,
      until: expect.stringMatching(/Z$/),
      events: null,
      extractionIds: null,
      include: 'missed',
      status: 'completed',
      queued: 2,
      examined: 5,
      left: 0,
      estimatedEndAt: null,
      createdAt: expect.stringMatching(/Z$/),
      completedAt: expect.stringMatching(/Z$/),
    });
    expect((await api.get(`/v1/webhooks/${webhookId}/recoveries/${body.data.id}`)).body).toEqual(body);
    // A second request while they are queued creates no duplicates.
    expect((await api.post(`/v1/webhooks/${webhookId}/recover`, { since })).body.data.queued).toBe(0);

    await prisma.webhook.update({ where: { id: webhookUuid }, data: { throttledUntil: null } });
    const records = await api.log(5);
    const triggers = records.map(({ extractionId, trigger, attempt, status }) => [
      extractionId,
      trigger,
      attempt,
      status,
    ]);
    expect(new Set(triggers.map((row) => row.join(' ')))).toEqual(
      new Set([
        'extract-received event 1 success',
        'extract-given-up event 1 failed',
        'extract-given-up recover 2 success',
        'extract-missed recover 1 success',
        'extract-pending event 1 success',
      ]),
    );
    const givenUp = records.filter(({ extractionId }) => extractionId === 'extract-given-up');
    expect(givenUp[0]!.deliveryId).toBe(givenUp[1]!.deliveryId);
    // A second request after their delivery creates no duplicates.
    expect((await api.post(`/v1/webhooks/${webhookId}/recover`, { since })).body.data.queued).toBe(0);
    await receiver.close();
  });

  it('queues events of the window only', async () => {
    const receiver = await Receiver.start();
    const subscriber = await newSubscriber(service, receiver.url);
    const { api, userId, webhookId } = subscriber;
    const hours = [5, 4, 3, 2, 1].map((ago) => Date.now() - ago * 3_600_000);
    await insertRows(
      prisma,
      'events',
      hours.map((time, index) => pastEvent(userId, time, index)),
    );
    const at = (index: number): string => new Date(hours[index]!).toISOString();
    const { body } = await api.post(`/v1/webhooks/${webhookId}/recover`, { since: at(1), until: at(3) });
    expect(body.data).toMatchObject({ queued: 2, since: at(1), until: at(3) });
    const records = await api.log(2);
    // From since on, and before until.
    expect(new Set(records.map(({ extractionId }) => extractionId))).toEqual(new Set(['extract-1', 'extract-2']));
    await receiver.close();
  });

  it('covers a window of any size, in steps', async () => {
    const receiver = await Receiver.start();
    const { api, userId, webhookId } = await newSubscriber(service, receiver.url);
    const begin = Date.now() - 60_000;
    const count = 1_200;
    const events = Array.from({ length: count }, (_value, index) => pastEvent(userId, begin + index, index));
    await insertRows(prisma, 'events', events);
    const { body } = await api.post(`/v1/webhooks/${webhookId}/recover`, { since: new Date(begin).toISOString() });
    expect(body.data.status).toMatch(/^(running|completed)$/);
    const completed = await eventually(async () => {
      const { data } = (await api.get(`/v1/webhooks/${webhookId}/recoveries/${body.data.id}`)).body;
      return data.status === 'completed' ? data : undefined;
    }, 'the recovery to be completed');
    expect(completed).toMatchObject({ queued: count, completedAt: expect.any(String) });
    const queued = await prisma.delivery.count({ where: { eventId: { in: events.map(({ id }) => id) } } });
    expect(queued).toBe(count);
    await api.delete(`/v1/webhooks/${webhookId}`);
    await receiver.close();
  });

  it('is finished after a crash in the middle', async () => {
    const receiver = await Receiver.start();
    const { api, userId, webhookId, webhookUuid } = await newSubscriber(service, receiver.url);
    const begin = Date.now() - 60_000;
    const events = [0, 1, 2].map((index) => pastEvent(userId, begin + index, index));
    await insertRows(prisma, 'events', events);
    // The state that a process leaves when it dies after the first step.
    const { id } = await prisma.recovery.create({
      data: {
        id: uuidV7(begin),
        userId,
        webhookUuid,
        since: new Date(begin),
        until: new Date(),
        cursor: events[0]!.id,
        queued: 1,
      },
    });
    await api.log(2);
    expect((await api.get(`/v1/webhooks/${webhookId}/recoveries/${id}`)).body.data).toMatchObject({
      status: 'completed',
      queued: 3,
    });
    expect(receiver.requests.map(({ body }) => JSON.parse(body).data.id).sort((a, b) => a.localeCompare(b))).toEqual([
      'extract-1',
      'extract-2',
    ]);
    await receiver.close();
  });
});

/** An event that was accepted at that time without subscribers. */
function pastEvent(userId: string, time: number, index: number) {
  const extractionId = `extract-${index}`;
  return {
    id: uuidV7(time),
    type: 'extraction.completed',
    userId,
    extractionId,
    payload: JSON.stringify({ type: 'extraction.completed', timestamp: new Date(time), data: { id: extractionId } }),
    occurredAt: new Date(time),
    createdAt: new Date(time),
    deliveryCount: 0,
  };
}

/** Events that are published during the work are not queued for the webhook. */
async function whilePaused({ api, webhookId }: Subscriber, work: () => Promise<unknown>): Promise<void> {
  await api.patch(`/v1/webhooks/${webhookId}`, { active: false });
  await work();
  await api.patch(`/v1/webhooks/${webhookId}`, { active: true });
}
