import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { uuidV7 } from '../../../src/common/ids.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { RecoveriesRepository } from '../../../src/events/recoveries.repository.js';
import { RecoveriesService } from '../../../src/events/recoveries.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber, type Subscriber } from '../support/subscriber.js';
import { insertRows } from '../support/insert-rows.js';

const HOUR_MS = 3_600_000;

describe('A recovery of chosen events', () => {
  let service: TestApp;
  let prisma: PrismaService;
  let receiver: Receiver;

  beforeAll(async () => {
    service = await startApp({ env: { RETRY_SCHEDULE: '0s' } });
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

  it('is counted first by the conditions of the recovery, and queues nothing then', async () => {
    const subscriber = await newSubscriber(service, receiver.url, ['extraction.completed']);
    const { api, webhookId, webhookUuid } = subscriber;
    await api.patch(`/v1/webhooks/${webhookId}`, { filter: { 'data.pages': { $gte: 100 } }, active: false });
    const begin = Date.now() - HOUR_MS;
    const stored = await store(subscriber, [
      { at: begin, extractionId: 'never-queued' },
      { at: begin + 1_000, extractionId: 'given-up', state: 'exhausted' },
      { at: begin + 2_000, extractionId: 'cancelled', state: 'cancelled' },
      { at: begin + 3_000, extractionId: 'received', state: 'succeeded' },
      { at: begin + 4_000, extractionId: 'small', pages: 5 },
      { at: begin + 5_000, extractionId: 'not-subscribed', type: 'extraction.failed' },
      { at: begin + 6_000, extractionId: 'big-again' },
      { at: begin + 7_000, extractionId: 'waits', state: 'pending' },
    ]);
    const since = new Date(begin).toISOString();
    const before = await prisma.delivery.findMany({ where: { webhookUuid }, orderBy: { eventId: 'asc' } });
    const dryRun = { since, dryRun: true };
    const missed = await api.post(`/v1/webhooks/${webhookId}/recover`, dryRun);
    expect(missed.status).toBe(200);
    const times = { oldest: since, newest: new Date(begin + 6_000).toISOString() };
    expect(missed.body).toEqual({ data: { events: 4, ...times, limited: false } });
    const all = await api.post(`/v1/webhooks/${webhookId}/recover`, { ...dryRun, include: 'all' });
    expect(all.body.data).toEqual({ events: 5, ...times, limited: false });
    const none = { events: 0, oldest: null, newest: null, limited: false };
    const failed = { ...dryRun, include: 'all', events: ['extraction.failed'] };
    expect((await api.post(`/v1/webhooks/${webhookId}/recover`, failed)).body.data).toEqual(none);

    expect(await prisma.delivery.findMany({ where: { webhookUuid }, orderBy: { eventId: 'asc' } })).toEqual(before);
    expect((await api.get(`/v1/webhooks/${webhookId}/recoveries`)).body.data).toEqual([]);

    // Paused, so that the deliveries wait.
    await api.patch(`/v1/webhooks/${webhookId}`, { active: true });
    await pause(webhookUuid);
    expect(await recovered(subscriber, { since })).toMatchObject({ queued: 4, examined: stored.length });
    expect((await api.post(`/v1/webhooks/${webhookId}/recover`, dryRun)).body.data).toEqual(none);
    await api.delete(`/v1/webhooks/${webhookId}`);
  });

  it('counts in several steps', async () => {
    const subscriber = await newSubscriber(service, receiver.url);
    const begin = Date.now() - HOUR_MS;
    await store(subscriber, many(begin, 1_200));
    const body = { since: new Date(begin).toISOString(), dryRun: true };
    expect((await subscriber.api.post(`/v1/webhooks/${subscriber.webhookId}/recover`, body)).body.data).toEqual({
      events: 1_200,
      oldest: body.since,
      newest: new Date(begin + 1_199).toISOString(),
      limited: false,
    });
  });

  it('says that a count is limited when its time is over', async () => {
    const subscriber = await newSubscriber(service, receiver.url);
    const begin = Date.now() - HOUR_MS;
    await store(subscriber, many(begin, 600));
    const repository = service.app.get(RecoveriesRepository);
    const countStep = repository.countStep.bind(repository);
    jest.spyOn(repository, 'countStep').mockImplementation(async (...step) => {
      const result = await countStep(...step);
      const now = Date.now();
      jest.spyOn(Date, 'now').mockReturnValue(now + 10_000);
      return result;
    });
    const caller = { userId: subscriber.userId, keyId: '', scopes: [] };
    const request = { since: new Date(begin).toISOString() };
    const counted = await service.app.get(RecoveriesService).count(caller, subscriber.webhookId, request);
    expect(counted).toMatchObject({ events: 500, limited: true, newest: new Date(begin + 499) });
  });

  it.each([
    [{ events: ['extraction.failed'] }, ['b-failed']],
    [{ events: ['extraction.*'] }, ['a', 'b-failed', 'c']],
    [{ events: ['*'], extractionIds: ['c', 'unknown'] }, ['c']],
    [{ events: ['extraction.failed'], extractionIds: ['c'] }, []],
  ])('queues only them: %j', async (choice, expected) => {
    const subscriber = await newSubscriber(service, receiver.url);
    const { webhookUuid } = subscriber;
    const begin = Date.now() - HOUR_MS;
    await pause(webhookUuid);
    await store(subscriber, [
      { at: begin, extractionId: 'a' },
      { at: begin + 1, extractionId: 'b-failed', type: 'extraction.failed' },
      { at: begin + 2, extractionId: 'c' },
    ]);
    const since = new Date(begin).toISOString();
    expect(await recovered(subscriber, { since, ...choice })).toMatchObject({
      events: choice.events,
      extractionIds: 'extractionIds' in choice ? choice.extractionIds : null,
      status: 'completed',
      queued: expected.length,
      examined: 3,
      left: 0,
    });
    expect(await pendingExtractions(webhookUuid)).toEqual(expected);
  });

  it('sends delivered events once more with include all, and leaves pending ones', async () => {
    const subscriber = await newSubscriber(service, receiver.url);
    const { api, publish, webhookUuid } = subscriber;
    const since = new Date(Date.now() - 1_000).toISOString();
    const { id } = await publish({ extractionId: 'received-before' });
    const [first] = await api.log(1);
    await pause(webhookUuid);
    await publish({ extractionId: 'waits' });
    expect((await recovered(subscriber, { since })).queued).toBe(0);
    expect(await recovered(subscriber, { since, include: 'all' })).toMatchObject({ include: 'all', queued: 1 });
    await prisma.webhook.update({ where: { id: webhookUuid }, data: { throttledUntil: null } });
    const records = await api.log(3);
    expect(records.find(({ trigger }) => trigger === 'recover')).toMatchObject({
      deliveryId: first!.deliveryId,
      extractionId: 'received-before',
      attempt: 2,
      status: 'success',
    });
    expect(records.find(({ extractionId }) => extractionId === 'waits')).toMatchObject({ trigger: 'event' });
    expect(await prisma.delivery.count({ where: { eventId: id } })).toBe(1);
  });

  it('continues with its choice after an interruption, and shows its progress meanwhile', async () => {
    const { subscriber, recovery, path } = await interrupted({ include: 'all', events: ['extraction.completed'] });
    const { data } = (await subscriber.api.get(path)).body;
    expect(data).toMatchObject({ status: 'running', queued: 500, examined: 500, left: 701, completedAt: null });
    expect(Date.parse(data.estimatedEndAt)).toBeGreaterThan(Date.parse(data.createdAt));
    // The release before the choices finds no work here: it would ignore the choice.
    const row = await prisma.recovery.findUniqueOrThrow({ where: { id: recovery.id } });
    expect(row).toMatchObject({ status: 'completed', state: 'running' });

    await service.app.get(RecoveriesService).resume();
    expect((await subscriber.api.get(path)).body.data).toMatchObject({
      status: 'completed',
      queued: 1_200,
      examined: 1_201,
      left: 0,
      estimatedEndAt: null,
    });
    expect(await prisma.delivery.count({ where: { webhookUuid: subscriber.webhookUuid } })).toBe(1_200);
  });

  it.each([{}, { include: 'all' }])('ends when it is cancelled: %j', async (choice) => {
    const { subscriber, path } = await interrupted(choice);
    const cancelled = await subscriber.api.delete(path);
    expect(cancelled.status).toBe(200);
    expect(cancelled.body.data).toMatchObject({ status: 'cancelled', queued: 500, left: 701, estimatedEndAt: null });
    expect(cancelled.body.data.completedAt).toEqual(expect.any(String));
    await service.app.get(RecoveriesService).resume();
    expect(await prisma.delivery.count({ where: { webhookUuid: subscriber.webhookUuid } })).toBe(500);
    expect((await subscriber.api.delete(path)).body).toEqual(cancelled.body);
    expect((await subscriber.api.get(path)).body).toEqual(cancelled.body);
  });

  it('stays completed when it is cancelled afterwards', async () => {
    const subscriber = await newSubscriber(service, receiver.url);
    const { id, ...rest } = await recovered(subscriber, { since: new Date(Date.now() - 1_000).toISOString() });
    const path = `/v1/webhooks/${subscriber.webhookId}/recoveries/${id}`;
    expect(rest.status).toBe('completed');
    expect((await subscriber.api.delete(path)).body.data).toEqual({ id, ...rest });
  });

  it('is on one page of the list, newest first', async () => {
    const subscriber = await newSubscriber(service, receiver.url);
    const { api, webhookId } = subscriber;
    const made: unknown[] = [];
    for (let hour = 1; hour <= 3; hour += 1) {
      made.unshift(await recovered(subscriber, { since: new Date(Date.now() - hour * HOUR_MS).toISOString() }));
      // Ids of one millisecond have no order.
      await new Promise((done) => setTimeout(done, 2));
    }
    const other = await api.createWebhook(receiver.url);
    await api.post(`/v1/webhooks/${other.webhook.id}/recover`, { since: '2025-01-20T00:00:00Z' });
    const list = `/v1/webhooks/${webhookId}/recoveries`;
    expect((await api.get(list)).body).toEqual({ data: made, hasMore: false, nextCursor: null });
    const first = (await api.get(`${list}?limit=2`)).body;
    expect(first).toMatchObject({ data: made.slice(0, 2), hasMore: true, nextCursor: expect.any(String) });
    const second = (await api.get(`${list}?limit=2&cursor=${first.nextCursor}`)).body;
    expect(second).toEqual({ data: made.slice(2), hasMore: false, nextCursor: null });
    const fault = { error: { code: 'VALIDATION_ERROR', message: 'cursor must be the nextCursor of an earlier page' } };
    expect((await api.get(`${list}?cursor=x`)).body).toMatchObject(fault);
  });

  /** A recovery of 1,201 events, whose process has stopped after the first step. */
  async function interrupted(choice: object) {
    const subscriber = await newSubscriber(service, receiver.url, ['extraction.completed']);
    await pause(subscriber.webhookUuid);
    const begin = Date.now() - HOUR_MS;
    await store(subscriber, [...many(begin, 1_200), { at: begin + 2_000, type: 'extraction.failed' }]);
    const repository = service.app.get(RecoveriesRepository);
    const advance = repository.advance.bind(repository);
    let steps = 0;
    const stopped = jest.spyOn(repository, 'advance').mockImplementation(async (recovery, limit) => {
      steps += 1;
      if (steps === 1) await advance(recovery, limit);
      return false;
    });
    const recovery = await recovered(subscriber, { since: new Date(begin).toISOString(), ...choice });
    stopped.mockRestore();
    return { subscriber, recovery, path: `/v1/webhooks/${subscriber.webhookId}/recoveries/${recovery.id}` };
  }

  async function pause(webhookUuid: string): Promise<void> {
    const throttledUntil = new Date(Date.now() + HOUR_MS);
    await prisma.webhook.update({ where: { id: webhookUuid }, data: { throttledUntil } });
  }

  async function pendingExtractions(webhookUuid: string) {
    const pending = await prisma.delivery.findMany({ where: { webhookUuid, state: 'pending' } });
    const events = await prisma.event.findMany({
      where: { id: { in: pending.map(({ eventId }) => eventId) } },
      orderBy: { id: 'asc' },
    });
    return events.map(({ extractionId }) => extractionId);
  }

  /** Stores past events, with deliveries to the webhook where a state is given. */
  async function store({ userId, webhookUuid }: Subscriber, events: PastEvent[]): Promise<PastEvent[]> {
    const rows = events.map(({ at, type = 'extraction.completed', extractionId = 'e', pages = 100 }) => ({
      id: uuidV7(at),
      type,
      userId,
      extractionId,
      payload: JSON.stringify({ type, timestamp: new Date(at), data: { id: extractionId, pages } }),
      occurredAt: new Date(at),
      createdAt: new Date(at),
      deliveryCount: 0,
    }));
    await insertRows(prisma, 'events', rows);
    const deliveries = events.flatMap(({ state }, index) => {
      const next = state === 'pending' ? { nextAttemptAt: new Date(Date.now() + HOUR_MS) } : {};
      const id = uuidV7(Date.now());
      const row = { id, eventId: rows[index]!.id, webhookUuid, trigger: 'event' as const, ...next };
      return state === undefined ? [] : [{ ...row, state }];
    });
    if (deliveries.length > 0) await insertRows(prisma, 'deliveries', deliveries);
    return events;
  }
});

interface PastEvent {
  at: number;
  type?: string;
  extractionId?: string;
  pages?: number;
  state?: 'pending' | 'succeeded' | 'exhausted' | 'cancelled';
}

function many(begin: number, count: number): PastEvent[] {
  return Array.from({ length: count }, (_value, index) => ({ at: begin + index }));
}

async function recovered({ api, webhookId }: Subscriber, body: object) {
  const response = await api.post(`/v1/webhooks/${webhookId}/recover`, body);
  expect(response.status).toBe(202);
  return response.body.data;
}
