import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { newDatabase, type TestDatabase } from '../../support/database.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber, type Subscriber } from '../support/subscriber.js';

interface RateLimit {
  requests: number;
  per: 'second' | 'minute';
}

/** A receiver that notes when each request came, in milliseconds. */
async function timedReceiver(status = 200): Promise<{ receiver: Receiver; times: number[] }> {
  const times: number[] = [];
  const receiver = await Receiver.start((_request, response) => {
    times.push(performance.now());
    response.writeHead(status).end();
  });
  return { receiver, times };
}

async function newLimited(service: Pick<TestApp, 'as'>, url: string, rateLimit: RateLimit): Promise<Subscriber> {
  const subscriber = await newSubscriber(service, url);
  const changed = await subscriber.api.patch(`/v1/webhooks/${subscriber.webhookId}`, { rateLimit });
  expect(changed.body.data).toMatchObject({ rateLimit });
  return subscriber;
}

describe('A webhook with a rate limit', () => {
  let database: TestDatabase;
  let service: TestApp;
  let services: TestApp[];

  beforeAll(async () => {
    database = await newDatabase();
    service = await startApp({ database });
    const isShared = database.env.DATABASE_URL !== undefined;
    services = isShared ? [service, await startApp({ database }), await startApp({ database })] : [service];
  });

  afterAll(async () => {
    for (const each of services) await each.close();
    await database.drop();
  });

  it('never gets more requests, from all processes together, and gets them at equal distances', async () => {
    const { receiver, times } = await timedReceiver();
    const { userId } = await newLimited(service, receiver.url, { requests: 50, per: 'second' });
    const events = Array.from({ length: 60 }, (_, number) => ({
      event: 'extraction.completed',
      userId,
      extractionId: `x${number}`,
      data: {},
    }));
    const batches = [services[0]!, services.at(-1)!].map(({ api }) => api.post('/v1/events/batch', { events }));
    for (const { status } of await Promise.all(batches)) expect(status).toBe(202);
    await receiver.received(120);
    // A busy process may delay requests, which then arrive together.
    expect(times.at(-1)! - times[0]!).toBeGreaterThan((119 / 50) * 1_000 * 0.9);
    const most = Math.max(
      ...times.map((start) => times.filter((time) => time >= start && time < start + 1_000).length),
    );
    expect(most).toBeLessThanOrEqual(60);
    const firstSecond = times.filter((time) => time < times[0]! + 500).length;
    expect(firstSecond).toBeLessThanOrEqual(30);
    await receiver.close();
  });

  it('does not keep other webhooks waiting, and costs no attempt', async () => {
    const slow = await timedReceiver();
    const quick = await timedReceiver();
    const limited = await newLimited(service, slow.receiver.url, { requests: 4, per: 'second' });
    const other = await newSubscriber(service, quick.receiver.url);
    for (let number = 0; number < 8; number += 1) await limited.publish({ extractionId: `x${number}` });
    await other.publish();
    await slow.receiver.received(8);
    expect(quick.times[0]).toBeLessThan(slow.times.at(-1)!);
    const records = await limited.api.log(8);
    expect(records.map(({ attempt, trigger }) => [attempt, trigger])).toEqual(
      Array.from({ length: 8 }, () => [1, 'event']),
    );
    await slow.receiver.close();
    await quick.receiver.close();
  });

  it('counts retries', async () => {
    const { receiver, times } = await timedReceiver(500);
    const { publish } = await newLimited(service, receiver.url, { requests: 5, per: 'second' });
    await publish();
    await publish();
    await receiver.received(6);
    // Five distances of 200 ms. The first request may be late.
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(800);
    await receiver.close();
  });

  it('holds per minute, too: the second request waits', async () => {
    const { receiver, times } = await timedReceiver();
    const { publish, api, webhookId } = await newLimited(service, receiver.url, { requests: 1, per: 'minute' });
    await publish();
    await publish();
    await receiver.received(1);
    // A second in which nothing comes.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(times).toHaveLength(1);
    // Without the limit, it is sent at once.
    expect((await api.patch(`/v1/webhooks/${webhookId}`, { rateLimit: null })).body.data.rateLimit).toBeNull();
    await receiver.received(2);
    await receiver.close();
  });

  it.each([
    ['a number', 100, 'rateLimit must be an object such as {"requests": 100, "per": "second"}, or null, not 100'],
    ['no requests', { per: 'second' }, 'rateLimit.requests must be a whole number from 1 to 10000'],
    ['0 requests', { requests: 0, per: 'second' }, 'rateLimit.requests must be a whole number from 1 to 10000, not 0'],
    ['too many', { requests: 10_001, per: 'second' }, 'rateLimit.requests must be a whole number from 1 to 10000'],
    ['a fraction', { requests: 1.5, per: 'second' }, 'rateLimit.requests must be a whole number from 1 to 10000'],
    ['a text', { requests: '5', per: 'second' }, 'rateLimit.requests must be a whole number from 1 to 10000, not "5"'],
    ['no period', { requests: 5 }, 'is not a period; use second or minute'],
    ['another period', { requests: 5, per: 'hour' }, 'rateLimit.per: "hour" is not a period; use second or minute'],
    ['another field', { requests: 5, per: 'second', burst: 9 }, 'rateLimit.burst should not exist'],
  ])('refuses %s', async (_name, rateLimit, message) => {
    const body = { url: 'https://receiver.example/hook', events: ['extraction.completed'], rateLimit };
    const { status, body: answer } = await service.api.post('/v1/webhooks', body);
    expect([status, answer.error?.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(answer.error.message).toContain(message);
  });
});
