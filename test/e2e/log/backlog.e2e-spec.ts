import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { PendingDeliveries } from '../../../src/queue/pending-deliveries.js';
import { eventually } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber, newUserId, type Subscriber } from '../support/subscriber.js';

describe('The backlog of a webhook', () => {
  let service: TestApp;
  const receivers: Receiver[] = [];

  beforeAll(async () => {
    service = await startApp({ env: { RETRY_SCHEDULE: '0s,1h,1h', DISPATCH_CONCURRENCY_PER_WEBHOOK: '1' } });
  });

  afterEach(async () => {
    for (const receiver of receivers.splice(0)) await receiver.close();
  });

  afterAll(() => service.close());

  /** A subscriber whose receiver answers so. */
  async function answering(respond: NonNullable<Parameters<typeof Receiver.start>[0]>) {
    const receiver = await Receiver.start(respond);
    receivers.push(receiver);
    const subscriber = await newSubscriber(service, receiver.url);
    return { ...subscriber, receiver, path: `/v1/webhooks/${subscriber.webhookId}/backlog` };
  }

  /** A subscriber with this many deliveries that failed once, and wait for their second attempt. */
  async function failedOnce(count: number, status = 500) {
    let isDown = true;
    const owner = await answering((_request, response) => response.writeHead(isDown ? status : 200).end());
    for (let number = 0; number < count; number += 1) await owner.publish({ extractionId: `extract-${number}` });
    await owner.api.log(count);
    return { ...owner, recover: () => (isDown = false) };
  }

  /** Pending retries of an owner, all with the same due time in an hour. Every tenth is of a failed extraction. */
  async function insertPending({ userId, webhookUuid }: Subscriber, count: number): Promise<void> {
    await service.app.get(PrismaService).$executeRaw`
      WITH made AS (SELECT uuid_v7(now() - number * interval '1 second') AS id, number FROM generate_series(1, ${count}::int) number),
      stored AS (
        INSERT INTO events (id, type, user_id, payload, occurred_at, delivery_count)
        SELECT id, CASE WHEN number % 10 = 0 THEN 'extraction.failed' ELSE 'extraction.completed' END, ${userId}, '{}', now(), 1 FROM made)
      INSERT INTO deliveries (id, event_id, webhook_id, trigger, attempts, schedule_step, next_attempt_at)
      SELECT gen_random_uuid(), id, ${webhookUuid}::uuid, 'retry', 1, number % 2, now() + interval '1 hour' FROM made`;
  }

  const statesOf = async ({ webhookUuid }: Subscriber): Promise<Record<string, number>> => {
    const groups = await service.app.get(PrismaService).delivery.groupBy({
      by: ['state'],
      where: { webhookUuid },
      _count: true,
    });
    return Object.fromEntries(groups.map(({ state, _count }) => [state, _count]));
  };

  it('lists retries in the order of their due times, page by page, with the totals', async () => {
    const { api, path, publish, webhookId } = await failedOnce(5);
    const records = await api.log(5);
    const { status, body } = await api.get(path);
    expect(status).toBe(200);
    expect(body).toEqual({
      data: expect.any(Array),
      totals: { pending: 5, due: 0, limited: false, oldestDue: null },
      hasMore: false,
      nextCursor: null,
    });
    const expected = records
      .map(({ deliveryId, extractionId, nextAttemptAt }) => ({ deliveryId, extractionId, nextAttemptAt }))
      .sort((one, other) => String(one.nextAttemptAt).localeCompare(String(other.nextAttemptAt)));
    expect(body.data).toEqual(
      expected.map((fields) => ({
        ...fields,
        eventId: expect.any(String),
        event: 'extraction.completed',
        attempt: 2,
        waitsFor: 'retry',
      })),
    );
    const pages: unknown[] = [];
    let next = '';
    do {
      const { body: page } = await api.get(`${path}?limit=2${next}`);
      expect(page.totals.pending).toBe(5);
      expect(page.hasMore).toBe(page.nextCursor !== null);
      pages.push(...page.data);
      next = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    } while (next !== '');
    expect(pages).toEqual(body.data);
    await publish();
    await api.log(6);
    expect((await api.get(`/v1/webhooks/${webhookId}/backlog?limit=1`)).body.totals.pending).toBe(6);
  });

  it('pages through deliveries with one due time without a gap or a repetition', async () => {
    const owner = await newSubscriber(service, 'https://your-app.example/webhooks');
    await insertPending(owner, 205);
    const path = `/v1/webhooks/${owner.webhookId}/backlog?limit=100`;
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null;) {
      const { body } = await owner.api.get(`${path}${next === '' ? '' : `&cursor=${next}`}`);
      seen.push(...body.data.map(({ eventId }: { eventId: string }) => eventId));
      next = body.nextCursor;
    }
    expect(seen).toHaveLength(205);
    expect(new Set(seen).size).toBe(205);
    expect(seen).toEqual([...seen].sort());
  });

  it('says why each delivery waits', async () => {
    const held: ServerResponse[] = [];
    const owner = await answering((_request, response) => void held.push(response));
    await owner.publish();
    await owner.receiver.received(1);
    await owner.publish();
    const reasons = async () => {
      const { body } = await owner.api.get(owner.path);
      return body.data.map(({ waitsFor }: { waitsFor: string }) => waitsFor);
    };
    expect(await reasons()).toEqual(['due', 'due']);
    held[0]?.writeHead(503, { 'retry-after': '60' }).end();
    await owner.api.log(1);
    const { body } = await owner.api.get(owner.path);
    expect(body.totals).toEqual({ pending: 2, due: 1, limited: false, oldestDue: expect.any(String) });
    expect(await reasons()).toEqual(['pause', 'retry']);
    await owner.api.patch(`/v1/webhooks/${owner.webhookId}`, { active: false });
    expect(await reasons()).toEqual(['pause', 'pause']);
  });

  describe('send-now', () => {
    it('sends all retries at once, which keep their places in the schedule', async () => {
      const { api, path, receiver, recover } = await failedOnce(5);
      recover();
      const { status, body } = await api.post(`${path}/send-now`);
      expect(status).toBe(202);
      expect(body.data).toEqual({ deliveries: 5, hasMore: false });
      await receiver.received(10);
      const records = await api.log(10);
      expect(records.slice(0, 5)).toEqual(
        records.slice(0, 5).map(() => expect.objectContaining({ attempt: 2, trigger: 'retry', status: 'success' })),
      );
      expect((await api.get(path)).body).toMatchObject({ data: [], totals: { pending: 0, due: 0 } });
    });

    it('continues the retry schedule after another failure, and ends it after the last attempt', async () => {
      const owner = await failedOnce(1);
      for (const attempt of [2, 3]) {
        await owner.api.post(`${owner.path}/send-now`);
        expect(await owner.api.log(attempt)).toMatchObject([
          { attempt, status: 'failed' },
          ...Array.from({ length: attempt - 1 }, () => ({})),
        ]);
      }
      expect(await statesOf(owner)).toEqual({ exhausted: 1 });
    });

    it('ends a pause that Retry-After requested: one delivery tests the receiver, and the others follow', async () => {
      const held: ServerResponse[] = [];
      const owner = await answering((_request, response, number) => {
        if (number === 1) response.writeHead(503, { 'retry-after': '7200' }).end();
        else held.push(response);
      });
      await owner.publish();
      await owner.api.log(1);
      await owner.publish();
      await owner.publish();
      expect((await owner.api.post(`${owner.path}/send-now`)).body.data).toEqual({ deliveries: 1, hasMore: false });
      await owner.receiver.received(2);
      expect((await owner.api.get(owner.path)).body.data).toMatchObject(
        Array.from({ length: 3 }, () => ({ waitsFor: 'pause' })),
      );
      held.shift()?.end();
      await owner.receiver.received(3);
      held.shift()?.end();
      await owner.receiver.received(4);
      held.shift()?.end();
      await owner.api.log(4);
      expect(await statesOf(owner)).toEqual({ succeeded: 3 });
    });

    it('is refused for a webhook that is not active, and changes nothing', async () => {
      const { api, path, webhookId } = await failedOnce(1);
      await api.patch(`/v1/webhooks/${webhookId}`, { active: false });
      expect(await api.post(`${path}/send-now`)).toMatchObject({
        status: 400,
        body: { error: { code: 'VALIDATION_ERROR', message: 'The webhook is not active: activate it first.' } },
      });
      expect((await api.get(path)).body.totals).toMatchObject({ pending: 1, due: 0 });
    });

    it('makes every delivery of many batches due, each once', async () => {
      const owner = await newSubscriber(service, 'https://your-app.example/webhooks');
      // Nothing is sent, which would change due times again.
      await owner.api.patch(`/v1/webhooks/${owner.webhookId}`, { active: false });
      await insertPending(owner, 25_000);
      const pending = service.app.get(PendingDeliveries);
      expect(await pending.sendNow(owner.webhookUuid, 0)).toEqual({ changed: 2_000, hasMore: true });
      expect(await pending.sendNow(owner.webhookUuid, 60_000)).toEqual({ changed: 23_000, hasMore: false });
      expect(await pending.sendNow(owner.webhookUuid, 60_000)).toEqual({ changed: 0, hasMore: false });
      expect((await owner.api.get(`/v1/webhooks/${owner.webhookId}/backlog`)).body.totals).toMatchObject({
        pending: 10_000,
        due: 10_000,
        limited: true,
      });
      const due = { webhookUuid: owner.webhookUuid, nextAttemptAt: { lte: new Date() } };
      expect(await service.app.get(PrismaService).delivery.count({ where: due })).toBe(25_000);
    });
  });

  describe('cancel', () => {
    it('cancels everything, and a recovery queues it again', async () => {
      const { api, path, webhookId, ...owner } = await failedOnce(3);
      expect(await api.post(`${path}/cancel`)).toMatchObject({
        status: 200,
        body: { data: { deliveries: 3, hasMore: false } },
      });
      expect(await statesOf({ api, webhookId, ...owner })).toEqual({ cancelled: 3 });
      owner.recover();
      const since = new Date(Date.now() - 60_000).toISOString();
      expect((await api.post(`/v1/webhooks/${webhookId}/recover`, { since })).body.data).toMatchObject({ queued: 3 });
      await owner.receiver.received(6);
    });

    it('cancels only the event type and the events before a time', async () => {
      const owner = await newSubscriber(service, 'https://your-app.example/webhooks');
      await insertPending(owner, 25_000);
      const cancel = (body: object) => owner.api.post(`/v1/webhooks/${owner.webhookId}/backlog/cancel`, body);
      const before = new Date(Date.now() - 20_000_000).toISOString();
      expect((await cancel({ event: 'extraction.failed', before })).body.data.deliveries).toBeGreaterThan(480);
      const { cancelled = 0, pending = 0 } = await statesOf(owner);
      expect(cancelled).toBeLessThan(510);
      expect(cancelled + pending).toBe(25_000);
      expect((await cancel({ event: 'extraction.failed' })).body.data).toEqual({
        deliveries: 2_500 - cancelled,
        hasMore: false,
      });
      expect((await cancel({ before: '2025-01-20T00:00:00Z' })).body.data).toEqual({ deliveries: 0, hasMore: false });
      expect((await cancel({})).body.data).toEqual({ deliveries: 22_500, hasMore: false });
      expect(await statesOf(owner)).toEqual({ cancelled: 25_000 });
    });

    it('ends when its time is over, and goes on when it is repeated', async () => {
      const owner = await newSubscriber(service, 'https://your-app.example/webhooks');
      await insertPending(owner, 25_000);
      const cancel = (budgetMs: number) =>
        service.app.get(PendingDeliveries).cancelBacklog(owner.webhookUuid, { event: 'extraction.failed' }, budgetMs);
      // Odd numbers are in the other part of the index, and no failed extraction has one.
      expect(await cancel(0)).toEqual({ changed: expect.any(Number), hasMore: true });
      expect(await cancel(60_000)).toEqual({ changed: expect.any(Number), hasMore: false });
      expect(await statesOf(owner)).toEqual({ cancelled: 2_500, pending: 22_500 });
    });

    it('lets an attempt in flight end, which is not repeated', async () => {
      const held: ServerResponse[] = [];
      const owner = await answering((_request, response) => void held.push(response));
      await owner.publish();
      await owner.receiver.received(1);
      expect((await owner.api.post(`${owner.path}/cancel`, {})).body.data.deliveries).toBe(1);
      held[0]?.writeHead(500).end();
      expect(await owner.api.log(1)).toMatchObject([{ status: 'failed', nextAttemptAt: null }]);
      expect(await statesOf(owner)).toEqual({ cancelled: 1 });
    });
  });

  it.each([
    ['GET', '?limit=0', undefined, 'limit'],
    ['GET', '?limit=101', undefined, 'limit'],
    ['GET', '?cursor=x', undefined, 'cursor'],
    ['GET', '?status=failed', undefined, 'status'],
    ['POST', '/cancel', { event: 'extraction.done' }, 'event: "extraction.done" is not an event type'],
    ['POST', '/cancel', { before: 'yesterday' }, 'before must be an ISO 8601 time'],
    ['POST', '/cancel', { since: '2025-01-20T00:00:00Z' }, 'since'],
  ])('refuses %s %s with %j', async (method, suffix, body, message) => {
    const { api, webhookId } = await newSubscriber(service, 'https://your-app.example/webhooks');
    const answer = await api.request(method, `/v1/webhooks/${webhookId}/backlog${suffix}`, body ? { body } : {});
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({
      code: 'VALIDATION_ERROR',
      message: expect.stringContaining(message),
    });
  });

  it('of another user is for a key with the scope admin only', async () => {
    const { webhookId } = await failedOnce(1);
    const stranger = await service.as(newUserId());
    for (const [method, suffix] of [
      ['GET', ''],
      ['POST', '/send-now'],
      ['POST', '/cancel'],
    ] as const) {
      expect((await stranger.request(method, `/v1/webhooks/${webhookId}/backlog${suffix}`)).status).toBe(403);
    }
    const { body } = await service.api.get(`/v1/webhooks/${webhookId}/backlog`);
    expect(body.totals).toMatchObject({ pending: 1 });
    expect((await service.api.post(`/v1/webhooks/${webhookId}/backlog/cancel`)).body.data.deliveries).toBe(1);
    await eventually(
      async () =>
        (await service.api.get(`/v1/webhooks/${webhookId}/backlog`)).body.data.length === 0 ? true : undefined,
      'an empty backlog',
    );
  });
});
