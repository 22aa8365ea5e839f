import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { DispatcherService } from '../../../src/dispatcher/dispatcher.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber } from '../support/subscriber.js';

const HOUR_MS = 3_600_000;

describe('A receiver that asks for a pause', () => {
  let service: TestApp;
  let prisma: PrismaService;

  beforeAll(async () => {
    service = await startApp({ env: { DISPATCH_CONCURRENCY_PER_WEBHOOK: '1' } });
    prisma = service.app.get(PrismaService);
  });

  afterAll(async () => {
    await service.close();
  });

  /** A subscriber whose receiver answers the first request with this code, and later ones with 200. */
  async function answering(code: number, headers: Record<string, string> = {}) {
    const receiver = await Receiver.start((_request, response, number) => {
      if (number === 1) response.writeHead(code, headers);
      response.end();
    });
    const subscriber = await newSubscriber(service, receiver.url);
    /** The length of the webhook's pause in milliseconds; null when it is not paused. */
    const pause = async () => {
      const before = Date.now();
      await subscriber.api.log(1);
      const { throttledUntil } = await prisma.webhook.findUniqueOrThrow({ where: { id: subscriber.webhookUuid } });
      return throttledUntil === null ? null : throttledUntil.getTime() - before;
    };
    return { ...subscriber, receiver, pause };
  }

  async function expectOthersServed(): Promise<void> {
    const other = await Receiver.start();
    const neighbour = await newSubscriber(service, other.url);
    await neighbour.publish();
    expect(await neighbour.api.log(1)).toMatchObject([{ status: 'success' }]);
    await other.close();
  }

  it('gets the waiting deliveries when the pause is over, with and without a scan', async () => {
    const { receiver, publish, pause } = await answering(429, { 'retry-after': '1' });
    const scan = jest.spyOn(service.app.get(DispatcherService), 'scan').mockImplementation(() => undefined);
    await publish({ extractionId: 'extract-first' });
    expect(await pause()).toBeGreaterThan(0);
    await publish({ extractionId: 'extract-second' });
    await receiver.received(2).finally(() => scan.mockRestore());
    await receiver.close();
  });

  it.each([429, 502, 503, 504])('gets no request during the pause that it asks for: %i', async (code) => {
    const { receiver, publish, api, webhookId, pause } = await answering(code, { 'retry-after': '3600' });
    await publish({ extractionId: 'extract-first' });
    expect(await pause()).toBeGreaterThan(HOUR_MS - 60_000);
    await publish({ extractionId: 'extract-second' });
    await publish({ extractionId: 'extract-third' });

    // A later event of another webhook is delivered: the scheduler passed over the waiting ones.
    await expectOthersServed();
    expect(receiver.requests).toHaveLength(1);
    const [record] = await api.log(1);
    expect(Date.parse(String(record!.nextAttemptAt)) - Date.parse(String(record!.createdAt))).toBeGreaterThanOrEqual(
      HOUR_MS,
    );

    // A pause ends early when the owner deactivates and activates the webhook. The retry still waits for its own time.
    await api.patch(`/v1/webhooks/${webhookId}`, { active: false });
    await api.patch(`/v1/webhooks/${webhookId}`, { active: true });
    const later = await receiver.received(3);
    expect(later.slice(1).map(({ body }) => JSON.parse(body).data.id)).toEqual(['extract-second', 'extract-third']);
    await receiver.close();
  });

  it('gets no delivery that was claimed before', async () => {
    // Deliveries of a fast webhook are claimed ahead. The pause begins during such a claim.
    const receiver = await Receiver.start((_request, response, number) => {
      if (number > 20) response.writeHead(429, { 'retry-after': '3600' });
      response.end();
    });
    const { userId, api } = await newSubscriber(service, receiver.url);
    const event = { event: 'extraction.completed', userId, extractionId: 'extract-1', data: {} };
    await api.post('/v1/events/batch', { events: Array.from({ length: 60 }, () => event) });
    await api.log(21);
    await expectOthersServed();
    expect(receiver.requests).toHaveLength(21);
    await receiver.close();
  });

  it('gets its deliveries when the pause is over', async () => {
    const times: number[] = [];
    const receiver = await Receiver.start((_request, response, number) => {
      times.push(performance.now());
      if (number === 1) response.writeHead(429, { 'retry-after': '2' });
      response.end();
    });
    const { publish, api } = await newSubscriber(service, receiver.url);
    await publish();
    await api.log(1);
    await publish();
    await receiver.received(3);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(1_990);
    expect(await api.log(3)).toMatchObject([{ status: 'success' }, { status: 'success' }, { status: 'failed' }]);
    await receiver.close();
  });

  it.each([
    ['a date', () => ({ 'retry-after': new Date(Date.now() + 2 * HOUR_MS).toUTCString() }), 2 * HOUR_MS],
    ['more than a day, which is cut to one', () => ({ 'retry-after': '9999999' }), 24 * HOUR_MS],
    [
      'a date far ahead, which is cut to a day',
      () => ({ 'retry-after': 'Fri, 31 Dec 2999 23:59:59 GMT' }),
      24 * HOUR_MS,
    ],
    ['nothing: a second', () => ({}), 1_000],
    ['nonsense: a second', () => ({ 'retry-after': 'soon' }), 1_000],
    ['a negative number: a second', () => ({ 'retry-after': '-5' }), 1_000],
  ])('may ask with %s', async (_case, headers, expected) => {
    const { receiver, publish, pause } = await answering(503, headers());
    await publish();
    const paused = await pause();
    expect(paused).toBeLessThanOrEqual(expected + 5_000);
    // The time since the answer is missing.
    expect(paused).toBeGreaterThan(expected - 30_000);
    await receiver.close();
  });

  it.each([408, 425, 500, 501])('gets no pause when its answer is %i', async (code) => {
    const { receiver, publish, pause } = await answering(code, { 'retry-after': '3600' });
    await publish();
    expect(await pause()).toBeNull();
    await receiver.received(2);
    await receiver.close();
  });

  it('is paused for twice as long each time without Retry-After, until a success', async () => {
    const receiver = await Receiver.start((_request, response) => response.writeHead(503).end());
    const { publish, api, webhookUuid } = await newSubscriber(service, receiver.url);
    const where = { id: webhookUuid };
    await prisma.webhook.update({ where, data: { throttleCount: 5 } });
    await publish();
    const [record] = await api.log(1);
    const { throttledUntil, throttleCount } = await prisma.webhook.findUniqueOrThrow({ where });
    expect(throttleCount).toBe(6);
    const end = Date.parse(String(record!.createdAt)) + Number(record!.durationMs);
    expect(throttledUntil!.getTime() - end).toBeGreaterThanOrEqual(31_990);
    await receiver.close();
  });

  it('is counted as healthy after a success', async () => {
    const { receiver, publish, api, webhookUuid } = await answering(200);
    const where = { id: webhookUuid };
    await prisma.webhook.update({ where, data: { throttleCount: 5, failingSince: new Date() } });
    await publish();
    await api.log(1);
    expect(await prisma.webhook.findUniqueOrThrow({ where })).toMatchObject({ throttleCount: 0, failingSince: null });
    await receiver.close();
  });
});
