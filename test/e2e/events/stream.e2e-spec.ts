import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent, EventSource } from 'undici';
import { revokeKeysStatement } from '../../../src/admin/erasure.statement.js';
import { KEY_REVOKED_CHANNEL } from '../../../src/auth/key-revoked.channel.js';
import { uuidV7 } from '../../../src/common/ids.js';
import { Database } from '../../../src/database/database.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { EventsService } from '../../../src/events/events.service.js';
import { ExtractionCompletedEvent } from '../../../src/events/extraction.events.js';
import { StreamsService } from '../../../src/streams/streams.service.js';
import { StreamTimes } from '../../../src/streams/stream-times.js';
import { eventually, type ApiClient } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { EventStreamClient } from '../../support/event-stream.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber, newUserId } from '../support/subscriber.js';

/** Short periods. The others are those of the service. */
class QuickTimes extends StreamTimes {
  override readonly heartbeatMs = 100;
  override readonly slowReaderMs = 300;
  override readonly pollMs = 100;
  override readonly recheckMs = 100;
}

const filter = (text: string) => `filter=${encodeURIComponent(text)}`;

describe('The stream of events', () => {
  let service: TestApp;
  let receiver: Receiver;
  const clients: EventStreamClient[] = [];

  beforeAll(async () => {
    service = await startApp({
      override: (builder) => builder.overrideProvider(StreamTimes).useValue(new QuickTimes()),
    });
    receiver = await Receiver.start();
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
  });

  afterAll(async () => {
    await service.close();
    await receiver.close();
  });

  async function newUser() {
    const userId = newUserId();
    const api = await service.as(userId);
    const publish = async (extractionId = 'extract-1', event: Record<string, unknown> = {}) =>
      (await api.publish({ userId, extractionId, ...event })).id;
    return { userId, api, publish };
  }

  async function open(
    api: ApiClient,
    options?: Parameters<typeof EventStreamClient.open>[1],
  ): Promise<EventStreamClient> {
    const client = await EventStreamClient.open(api, options);
    clients.push(client);
    return client;
  }

  async function refusal(api: ApiClient, options?: Parameters<typeof EventStreamClient.open>[1]) {
    const client = await open(api, options);
    const { error } = JSON.parse(await client.text()) as { error: { code: string; message: string } };
    return { status: client.status, ...error };
  }

  it('sends each new event with its id, its type and the body that a receiver gets', async () => {
    const { userId, api } = await newSubscriber(service, receiver.url);
    const stream = await open(api);
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.any(String),
    });
    expect(stream.headers['cache-control']).toContain('no-store');
    expect(stream.headers['content-encoding']).toBeUndefined();
    const text = `{"event":"extraction.completed","userId":"${userId}","extractionId":"extract-1","data":{"n":1.10, "big":12345678901234567890,"é":"\\u0000"}}`;
    const { body } = await api.request('POST', '/v1/events', {
      body: text,
      headers: { 'content-type': 'application/json' },
    });
    const [event] = await stream.received(1);
    await api.log(1);
    const sent = receiver.requests.find((one) => one.body.includes('12345678901234567890'));
    expect(event).toEqual({ id: body.data.id, event: 'extraction.completed', data: sent?.body });
    expect(stream.retryMs).toBeGreaterThanOrEqual(2_000);
    expect(stream.retryMs).toBeLessThanOrEqual(4_000);
  });

  it('keeps the tokens of a body that has line breaks', async () => {
    const { userId, api } = await newUser();
    const stream = await open(api);
    const text = `{"event":"extraction.completed","userId":"${userId}","extractionId":"extract-1","data":{\n"a":\r\n1,\r"b":[]\n}}`;
    await api.request('POST', '/v1/events', { body: text, headers: { 'content-type': 'application/json' } });
    const [event] = await stream.received(1);
    expect(event?.data).toMatch(/"data":\{"id":"extract-1",\n"a":\n1,\n"b":\[\]\n\}\}$/);
  });

  it('sends events of a user without webhooks, and nothing of other users', async () => {
    const [one, other] = [await newUser(), await newUser()];
    const [stream, foreign] = [await open(one.api), await open(other.api)];
    const ids = [await one.publish(), await one.publish()];
    const otherId = await other.publish();
    expect((await stream.received(2)).map(({ id }) => id)).toEqual(ids);
    expect((await foreign.received(1)).map(({ id }) => id)).toEqual([otherId]);
  });

  it('sends events of a batch in their order', async () => {
    const { userId, api } = await newUser();
    const stream = await open(api);
    const events = Array.from({ length: 300 }, (_, number) => ({
      event: number % 3 === 0 ? 'extraction.failed' : 'extraction.completed',
      userId,
      extractionId: `extract-${number}`,
      data: {},
    }));
    await api.post('/v1/events/batch', { events });
    const got = (await stream.received(300)).map(({ data }) => JSON.parse(data).data.id);
    expect(got).toEqual(events.map(({ extractionId }) => extractionId));
  });

  it('begins with new events, and tells its place to a client that gets none', async () => {
    const { api, publish } = await newUser();
    const first = await publish();
    const stream = await open(api);
    await stream.until(() => stream.lastEventId !== '', 'the place');
    expect([stream.lastEventId, stream.events]).toEqual([first, []]);
    stream.close();
    const missed = await publish();
    const again = await open(api, { lastEventId: stream.lastEventId });
    expect((await again.received(1)).map(({ id }) => id)).toEqual([missed]);
  });

  it('goes on after Last-Event-ID, with the precedence over since', async () => {
    const { api, publish } = await newUser();
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.push(await publish());
    for (const query of ['', 'since=2020-01-01T00:00:00Z']) {
      const stream = await open(api, { lastEventId: ids[1], query });
      expect((await stream.received(3)).map(({ id }) => id)).toEqual(ids.slice(2));
    }
    expect((await open(api, { lastEventId: ids[4] })).events).toEqual([]);
  });

  it('begins with the stored events of a time, in pages', async () => {
    const { userId, api } = await newUser();
    const events = Array.from({ length: 450 }, (_, number) => ({
      event: 'extraction.completed',
      userId,
      extractionId: `extract-${number}`,
      data: { text: 'x'.repeat(1_000) },
    }));
    const { body } = await api.post('/v1/events/batch', { events });
    const ids = (body.data as { id: string }[]).map(({ id }) => id);
    const since = new Date(Date.now() - 60_000).toISOString();
    const stream = await open(api, { query: `since=${since}` });
    await stream.received(450);
    expect(stream.ids).toEqual(ids);
    expect((await open(api, { query: `since=${new Date().toISOString()}` })).events).toEqual([]);
  });

  it('leaves out events from before since that were stored shortly before', async () => {
    const { userId, api, publish } = await newUser();
    const prisma = service.app.get(PrismaService);
    for (const [minutes, name] of [
      [3, 'old'],
      [1, 'young'],
    ] as const) {
      const id = uuidV7(Date.now() - minutes * 60_000);
      await prisma.$executeRaw`INSERT INTO events (id, type, user_id, payload, occurred_at, delivery_count)
        VALUES (${id}::uuid, 'extraction.completed', ${userId}, ${JSON.stringify({ name })}, now(), 0)`;
    }
    const stream = await open(api, { query: `since=${new Date(Date.now() - 120_000).toISOString()}` });
    expect((await stream.received(1)).map(({ data }) => data)).toEqual(['{"name":"young"}']);
    const id = await publish();
    expect((await stream.received(2))[1]?.id).toBe(id);
  });

  it('has events that were stored before the upgrade, in the order of their ids', async () => {
    const { userId, api, publish } = await newUser();
    const prisma = service.app.get(PrismaService);
    const ids = [5, 4, 3].map((minutes) => uuidV7(Date.now() - minutes * 60_000));
    for (const id of [ids[2], ids[0], ids[1]]) {
      await prisma.$executeRaw`INSERT INTO events (id, type, user_id, payload, occurred_at, delivery_count, position)
        VALUES (${id}::uuid, 'extraction.completed', ${userId}, '{}', now(), 0, 0)`;
    }
    ids.push(await publish());
    const all = await open(api, { query: 'since=2020-01-01T00:00:00Z' });
    await all.received(4);
    expect(all.ids).toEqual(ids);
    const rest = await open(api, { lastEventId: ids[0] });
    await rest.received(3);
    expect(rest.ids).toEqual(ids.slice(1));
  });

  it('selects events by names, patterns and a filter, with all digits of numbers', async () => {
    const { userId, api, publish } = await newUser();
    const streams = {
      failed: await open(api, { query: 'events=extraction.failed' }),
      both: await open(api, { query: 'events=extraction.failed,extraction.completed' }),
      pattern: await open(api, { query: 'events=extraction.*' }),
      large: await open(api, { query: filter('{"data.n":9007199254740993}') }),
      unreadable: await open(api, { query: `events=*&${filter('{"data.text":{"$exists":true}}')}` }),
    };
    const completed = await publish('extract-1', { data: { n: 1 } });
    const failed = await publish('extract-2', { event: 'extraction.failed' });
    const { body } = await api.request('POST', '/v1/events', {
      body: `{"event":"extraction.completed","userId":"${userId}","extractionId":"extract-3","data":{"n":9007199254740993}}`,
      headers: { 'content-type': 'application/json' },
    });
    // PostgreSQL can't store this text as jsonb.
    const odd = await publish('extract-4', { data: { text: 'a\u0000b' } });
    const exact = body.data.id as string;
    const last = await publish('extract-5', { event: 'extraction.failed', data: { text: '', n: 9007199254740992 } });
    await streams.both.received(5);
    await streams.pattern.received(5);
    await streams.failed.received(2);
    await streams.large.received(1);
    await streams.unreadable.received(2);
    expect(streams.both.ids).toEqual([completed, failed, exact, odd, last]);
    expect(streams.pattern.ids).toEqual(streams.both.ids);
    expect(streams.failed.ids).toEqual([failed, last]);
    expect(streams.large.ids).toEqual([exact]);
    expect(streams.unreadable.ids).toEqual([odd, last]);
  });

  it.each([
    ['events=extraction.done', 'events[0]: "extraction.done" is not an event type'],
    ['events=', 'events[0]'],
    ['events=extraction.failed,extraction.failed', 'must not repeat'],
    ['events=a&events=b', 'events'],
    ['filter={', 'filter must be the JSON text of a filter'],
    ['filter=null', 'filter must be an object'],
    ['filter="a"', 'filter must be the JSON text of a filter'],
    [`filter=${encodeURIComponent('{"pages":1}')}`, 'is not a path of an event'],
    ['since=yesterday', 'since must be an ISO 8601 time'],
    ['since=2999-01-01T00:00:00Z', 'since must not be in the future'],
    ['until=2025-01-01T00:00:00Z', 'until'],
  ])('refuses the query %s', async (query, message) => {
    const { api } = await newUser();
    const refused = await refusal(api, { query });
    expect(refused).toMatchObject({ status: 400, code: 'VALIDATION_ERROR' });
    expect(refused.message).toContain(message);
  });

  it('refuses a Last-Event-ID that is no event of the caller', async () => {
    const [one, other] = [await newUser(), await newUser()];
    const foreign = await other.publish();
    for (const lastEventId of ['42', foreign, uuidV7(Date.now()), uuidV7(Date.now() + 86_400_000)]) {
      const refused = await refusal(one.api, { lastEventId });
      expect(refused).toMatchObject({ status: 400, code: 'VALIDATION_ERROR' });
      expect(refused.message).toMatch(/^Last-Event-ID/);
    }
  });

  it('goes on with the oldest stored event, and says so, when retention has removed the event of Last-Event-ID', async () => {
    const { api, publish } = await newUser();
    const id = await publish();
    const stream = await open(api, { lastEventId: uuidV7(Date.now() - 40 * 86_400_000) });
    await stream.received(1);
    expect(stream.ids).toEqual([id]);
    expect(stream.comments).toContain('events after Last-Event-ID may be missing: their retention is over');
  });

  it('refuses a sixth stream of a user until one ends', async () => {
    const [{ api }, other] = [await newUser(), await newUser()];
    const streams = await Promise.all(Array.from({ length: 5 }, () => open(api)));
    const sixth = await open(api);
    expect([sixth.status, sixth.headers['retry-after']]).toEqual([429, '5']);
    expect(JSON.parse(await sixth.text()).error.code).toBe('RATE_LIMITED');
    expect((await open(other.api)).status).toBe(200);
    const before = service.app.get(StreamsService).open;
    streams[0]?.close();
    while (service.app.get(StreamsService).open === before) await new Promise(setImmediate);
    expect((await open(api)).status).toBe(200);
  });

  it('needs the scope webhooks', async () => {
    const { body } = await service.api.post('/v1/api-keys', {
      name: 'x',
      expiresIn: '30d',
      scopes: ['events:publish'],
    });
    const refused = await refusal({ url: service.url, key: body.data.key } as ApiClient);
    expect(refused).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  });

  it('answers HEAD without a stream', async () => {
    const { api } = await newUser();
    for (let count = 0; count < 7; count += 1) {
      const head = await open(api, { method: 'HEAD' });
      await head.end();
      expect([head.status, head.headers['content-type']]).toEqual([200, 'text/event-stream']);
    }
  });

  it('sends comments while there are no events', async () => {
    const { api } = await newUser();
    const stream = await open(api);
    await stream.until(() => stream.comments.length >= 3, 'three comments');
    expect(new Set(stream.comments)).toEqual(new Set(['heartbeat']));
  });

  it('ends with the reason when its key is revoked', async () => {
    const { api, publish } = await newUser();
    const { body } = await api.post('/v1/api-keys', { name: 'x', expiresIn: '30d' });
    const [stream, stays] = [await open({ url: service.url, key: body.data.key } as ApiClient), await open(api)];
    await api.delete(`/v1/api-keys/${body.data.apiKey.id}`);
    await publish();
    await stays.received(1);
    await stream.end();
    expect(stream.events.map(({ event, data }) => [event, JSON.parse(data).error.code])).toEqual([
      ['error', 'UNAUTHORIZED'],
    ]);
  });

  it('ends in each process at once when all keys of its user are revoked', async () => {
    const { userId } = await newUser();
    const { id } = await service.app.get(PrismaService).apiKey.findFirstOrThrow({ where: { userId } });
    const heard: string[] = [];
    const stop = await service.app.get(Database).listen({ [KEY_REVOKED_CHANNEL]: (keyId) => void heard.push(keyId) });
    expect(await service.app.get(PrismaService).$executeRaw(revokeKeysStatement(userId))).toBe(1);
    await eventually(async () => heard.includes(id) || undefined, 'the notification');
    await stop();
  });

  it('ends with the reason when its key expires', async () => {
    const { userId, api } = await newUser();
    const stream = await open(api);
    await service.app
      .get(PrismaService)
      .apiKey.updateMany({ where: { userId }, data: { expiresAt: new Date(Date.now() - 1) } });
    await stream.end();
    expect(JSON.parse(stream.events[0]?.data ?? '').error.code).toBe('UNAUTHORIZED');
  });

  it('ends when its client does not read, and goes on after the last event that the client got', async () => {
    const { userId, api } = await newUser();
    const stream = await open(api);
    stream.pause();
    const ids: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      const events = Array.from({ length: 10 }, () => ({
        event: 'extraction.completed',
        userId,
        extractionId: 'extract-1',
        data: { text: 'x'.repeat(100_000) },
      }));
      const { body } = await api.post('/v1/events/batch', { events });
      ids.push(...(body.data as { id: string }[]).map(({ id }) => id));
    }
    const { open: before } = service.app.get(StreamsService);
    expect(before).toBeGreaterThan(0);
    while (service.app.get(StreamsService).open >= before) await new Promise((resolve) => setTimeout(resolve, 10));
    stream.resume();
    await stream.end();
    const got = stream.ids.length;
    expect(got).toBeLessThan(ids.length);
    const again = await open(api, { lastEventId: stream.lastEventId });
    await again.received(ids.length - got);
    expect([...stream.ids, ...again.ids]).toEqual(ids);
  });

  it('is read by a standard client, which connects again by itself', async () => {
    const { userId, api, publish } = await newUser();
    const connections = new Agent();
    const agent = connections.compose((dispatch) => (options, handler) => {
      return dispatch({ ...options, headers: withHeaders(options.headers, `Bearer ${api.key}`) }, handler);
    });
    const source = new EventSource(`${service.url}/v1/events/stream?since=2020-01-01T00:00:00Z`, { dispatcher: agent });
    const got: string[] = [];
    // Before the first event, which can arrive while it is being published.
    source.addEventListener('extraction.completed', (event) => {
      got.push((event as unknown as { lastEventId: string }).lastEventId);
    });
    const arrived = (count: number) => eventually(async () => got.length >= count || undefined, `${count} events`);
    try {
      const first = await publish();
      await arrived(1);
      service.app.getHttpServer().closeAllConnections();
      const event = new ExtractionCompletedEvent({ userId, extractionId: 'extract-2', data: {} });
      const second = await service.app.get(EventsService).publish(event);
      await arrived(2);
      expect(got).toEqual([first, second.id]);
    } finally {
      source.close();
      await connections.destroy();
    }
  });

  it('counts its streams, events and ends in the metrics', async () => {
    const { api, publish } = await newUser();
    const scrape = async (name: string) => {
      const text = await (await fetch(`${service.url}/metrics`)).text();
      return Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.split(' ')[1],
      );
    };
    const streamed = await scrape('docmap_events_streamed_total');
    const stream = await open(api);
    await publish();
    await stream.received(1);
    expect(await scrape('docmap_event_streams_open')).toBe(service.app.get(StreamsService).open);
    expect(await scrape('docmap_events_streamed_total')).toBe(streamed + 1);
    stream.close();
    const text = await (await fetch(`${service.url}/metrics`)).text();
    expect(text).not.toMatch(/route="GET \/v1\/events\/stream",status_class="2xx"/);
    expect(text).toContain('docmap_event_streams_closed_total{reason="slow-reader"} 1');
  });

  it('has the events of a transaction when it commits', async () => {
    const { userId, api, publish } = await newUser();
    const stream = await open(api);
    const event = new ExtractionCompletedEvent({ userId, extractionId: 'extract-tx', data: {} });
    const { id } = await service.app
      .get(PrismaService)
      .$transaction((tx) => service.app.get(EventsService).publish(event, tx));
    const later = await publish();
    await stream.received(2);
    expect(stream.ids).toEqual([id, later]);
  });
});

/** Adds a header to those of undici, which are an array, an object or an iterable. */
function withHeaders(headers: unknown, authorization: string): string[] {
  const flat = Array.isArray(headers)
    ? (headers as string[])
    : Object.entries((headers ?? {}) as Record<string, string>).flat();
  return [...flat, 'authorization', authorization];
}
