import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { eventually } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber } from '../support/subscriber.js';

/** The consecutive failures, over more than a minute, that pause a webhook. */
const FAILURES = 20;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

describe('A webhook that fails again and again', () => {
  let service: TestApp;
  let prisma: PrismaService;

  beforeAll(async () => {
    service = await startApp({ env: { RETRY_SCHEDULE: '0s,1h' } });
    prisma = service.app.get(PrismaService);
  });

  afterAll(async () => {
    await service.close();
  });

  /** A subscriber whose receiver fails until a switch, with this many failures since this time. */
  async function failing(failures: number, sinceMs: number) {
    const health = { isGood: false };
    const receiver = await Receiver.start((_request, response) => {
      response.writeHead(health.isGood ? 200 : 500).end();
    });
    const subscriber = await newSubscriber(service, receiver.url);
    const where = { id: subscriber.webhookUuid };
    const update = (data: Parameters<typeof prisma.webhook.update>[0]['data']) =>
      prisma.webhook.update({ where, data });
    await update({ consecutiveFailures: failures, failingSince: new Date(Date.now() - sinceMs) });
    const state = () => prisma.webhook.findUniqueOrThrow({ where });
    return { ...subscriber, receiver, health, state, update };
  }

  it('pauses: events during the pause use up no attempt, and are delivered after one trial', async () => {
    const { publish, api, receiver, health, state, update } = await failing(FAILURES - 1, 2 * MINUTE_MS);
    await publish({ extractionId: 'extract-last' });
    await api.log(1);
    const parked = await eventually(async () => {
      const webhook = await state();
      return webhook.throttledUntil === null ? undefined : webhook;
    }, 'the pause');
    expect(parked).toMatchObject({ consecutiveFailures: FAILURES, throttleCount: 1, active: true });
    const pauseMs = Number(parked.throttledUntil) - Date.now();
    expect(pauseMs).toBeGreaterThan(5_000);
    expect(pauseMs).toBeLessThanOrEqual(10_000);

    const events: { id: string }[] = [];
    for (let count = 0; count < 12; count += 1) events.push(await publish({ extractionId: `extract-${count}` }));
    expect(receiver.requests).toHaveLength(1);

    // The pause is over and the trial fails: the pause doubles, and the other deliveries still wait.
    await update({ throttledUntil: new Date(Date.now() - 1) });
    await receiver.received(2);
    const again = await eventually(async () => {
      const webhook = await state();
      return webhook.throttleCount === 2 ? webhook : undefined;
    }, 'the longer pause');
    expect(Number(again.throttledUntil) - Date.now()).toBeGreaterThan(10_000);
    expect(receiver.requests).toHaveLength(2);

    // The trial succeeds: all of them follow.
    health.isGood = true;
    await update({ throttledUntil: new Date(Date.now() - 1) });
    const requests = await receiver.received(2 + 11);
    expect(new Set(requests.slice(2).map(({ body }) => JSON.parse(body).data.id)).size).toBe(11);
    await eventually(async () => {
      const { data } = (await api.get(`/v1/events/${events[11]?.id}`)).body;
      return (data as { deliveries: { state: string }[] }).deliveries[0]?.state === 'succeeded' ? true : undefined;
    }, 'the last event');
    expect(await state()).toMatchObject({ consecutiveFailures: 0, throttleCount: 0, failingSince: null });
    await receiver.close();
  });

  it.each([
    ['too few failures', FAILURES - 2, 2 * MINUTE_MS],
    ['too short a time', 10 * FAILURES, MINUTE_MS / 2],
  ])('is not paused after %s', async (_what, failures, sinceMs) => {
    const { publish, api, state, receiver } = await failing(failures, sinceMs);
    await publish();
    await api.log(1);
    await eventually(
      async () => ((await state()).consecutiveFailures === failures + 1 ? true : undefined),
      'the count',
    );
    expect(await state()).toMatchObject({ throttledUntil: null, throttleCount: 0 });
    await receiver.close();
  });

  it('restarts its count of failures after a success', async () => {
    const { publish, api, state, receiver, health } = await failing(10 * FAILURES, 30 * MINUTE_MS);
    health.isGood = true;
    await publish();
    await api.log(1);
    await eventually(async () => ((await state()).failingSince === null ? true : undefined), 'its recovery');
    health.isGood = false;
    await publish();
    await api.log(2);
    await eventually(async () => ((await state()).consecutiveFailures === 1 ? true : undefined), 'the first failure');
    expect(await state()).toMatchObject({ throttledUntil: null });
    await receiver.close();
  });
});

describe('A webhook that begins to fail while many of its deliveries are claimed', () => {
  let service: TestApp;
  let prisma: PrismaService;

  beforeAll(async () => {
    service = await startApp({ env: { DISPATCH_CONCURRENCY_PER_WEBHOOK: '1', RETRY_SCHEDULE: '1h' } });
    prisma = service.app.get(PrismaService);
  });

  afterAll(async () => {
    await service.close();
  });

  it.each([
    ['paused', { consecutiveFailures: FAILURES, failingSince: new Date(Date.now() - 2 * MINUTE_MS) }],
    ['disabled', { failingSince: new Date(Date.now() - 5 * DAY_MS - MINUTE_MS) }],
  ])('gets none of them when it is %s: all are released and have used up no attempt', async (_what, health) => {
    const failures: (() => void)[] = [];
    let isHeld = true;
    const receiver = await Receiver.start((_request, response, number) => {
      const fail = () => void response.writeHead(500).end();
      if (number <= FAILURES) response.end();
      else if (isHeld) failures.push(fail);
      else fail();
    });
    const { userId, api, webhookUuid } = await newSubscriber(service, receiver.url);
    const leased = () => prisma.delivery.count({ where: { webhookUuid, leaseToken: { not: null } } });
    const event = { event: 'extraction.completed', userId, extractionId: 'extract-1', data: {} };
    await api.post('/v1/events/batch', { events: Array.from({ length: 3 * FAILURES }, () => event) });
    await receiver.received(FAILURES + 1);
    await api.log(FAILURES);
    await eventually(async () => (await leased()) > 2 || undefined, 'claimed deliveries behind the one in flight');

    await prisma.webhook.update({ where: { id: webhookUuid }, data: health });
    failures.shift()?.();
    // The next one may begin before the failure is recorded. A waiting delivery is released after 5 s in any case.
    await eventually(
      async () => ((await leased()) <= 1 ? true : undefined),
      'the release of the waiting deliveries',
      4_000,
    );
    isHeld = false;
    for (const fail of failures) fail();
    await eventually(async () => ((await leased()) === 0 ? true : undefined), 'the last attempt');
    expect(receiver.requests.length).toBeLessThanOrEqual(FAILURES + 2);
    const untouched = { webhookUuid, state: 'pending', attempts: 0, scheduleStep: 0 } as const;
    expect(await prisma.delivery.count({ where: untouched })).toBe(3 * FAILURES - receiver.requests.length);
    await receiver.close();
  });
});
