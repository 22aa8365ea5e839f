import { randomInt, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app.module.js';
import { loadConfig } from '../../src/config/environment.js';
import { EventsService } from '../../src/events/events.service.js';
import { ExtractionCompletedEvent } from '../../src/events/extraction.events.js';
import { ApiClient } from '../support/api-client.js';
import type { TestDatabase } from '../support/database.js';
import { EventStreamClient } from '../support/event-stream.js';
import { Random } from '../support/random.js';
import type { ServerProcess } from '../support/server-process.js';
import { describeOnServer } from './support/kinds.js';
import { Stage } from './support/stage.js';

jest.setTimeout(120_000);

/** A failure prints its seed. `STREAMS_SEED` repeats the random choices. */
const SEED = Number(process.env.STREAMS_SEED ?? randomInt(2 ** 31));

async function newUser({ api }: ServerProcess, scopes = ['webhooks']): Promise<{ userId: string; key: string }> {
  const userId = `uid_${randomUUID()}`;
  const { body } = await api.post('/v1/api-keys', { name: 'x', expiresIn: '30d', userId, scopes });
  return { userId, key: body.data.key as string };
}

const eventOf = (userId: string) => new ExtractionCompletedEvent({ userId, extractionId: 'extract-1', data: {} });

describeOnServer('Event streams of several processes', () => {
  const stage = new Stage();
  let database: TestDatabase;
  const clients: EventStreamClient[] = [];
  const endings: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    database = await stage.database('server');
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const close of endings.splice(0).toReversed()) await close();
    await stage.clear();
  });

  /** The service of a host in this process, which publishes in transactions of its own. */
  async function newHost(): Promise<EventsService> {
    const config = loadConfig({
      ...database.env,
      WEBHOOK_REQUIRE_HTTPS: 'false',
      LOG_LEVEL: 'silent',
      BOOTSTRAP_API_KEY: `dm_live_${'1'.repeat(64)}`,
    });
    const app = await NestFactory.createApplicationContext(AppModule.register(config), { logger: false });
    endings.push(() => app.close());
    return app.get(EventsService);
  }

  /** A session of the host. */
  async function newSession(): Promise<Client> {
    const client = new Client({ connectionString: database.env.DATABASE_URL });
    await client.connect();
    endings.push(() => client.end());
    return client;
  }

  async function open(server: ServerProcess, key: string, options?: { query?: string; lastEventId?: string }) {
    const client = await EventStreamClient.open({ url: server.url, key }, options);
    clients.push(client);
    return client;
  }

  it('have every event once, in one order, when publishers are slow and the serving process is killed', async () => {
    const random = new Random(SEED);
    let [one, other] = [await stage.start(database), await stage.start(database)];
    const { userId, key } = await newUser(one);
    const events = await newHost();
    const committed = new Set<string>();
    const undone = new Set<string>();
    const end = new AbortController();

    /** Publishes in transactions of random lengths, which overlap with those of the other publishers. */
    async function publishSlowly(): Promise<void> {
      const session = await newSession();
      while (!end.signal.aborted) {
        const size = 1 + random.below(5);
        const ids: string[] = [];
        await session.query('BEGIN');
        for (let number = 0; number < size; number += 1) {
          ids.push((await events.publish(eventOf(userId), session)).id);
          await new Promise((resolve) => setTimeout(resolve, random.below(30)));
        }
        const commits = random.below(6) > 0;
        await session.query(commits ? 'COMMIT' : 'ROLLBACK');
        for (const id of ids) (commits ? committed : undone).add(id);
      }
    }

    async function publishQuickly(): Promise<void> {
      while (!end.signal.aborted) {
        const { id } = await (random.below(2) === 0 ? one : other).api
          .publish({ userId })
          // Its process was killed: the event may be stored or not.
          .catch(() => ({ id: '' }));
        if (id !== '') committed.add(id);
        await new Promise((resolve) => setTimeout(resolve, random.below(30)));
      }
    }

    let client = await open(one, key, { query: 'since=2020-01-01T00:00:00Z' });
    const got: string[] = [];
    const publishers = Promise.all([publishSlowly(), publishSlowly(), publishQuickly(), publishQuickly()]);
    for (let kills = 0; kills < 3; kills += 1) {
      const atLeast = 10 + random.below(30);
      await client.received(atLeast);
      await one.kill('SIGKILL');
      await client.end();
      got.push(...client.ids);
      // The process that serves the stream now is the next one to be killed.
      client = await open(other, key, { lastEventId: client.lastEventId });
      if (client.status !== 200) throw new Error(await client.text());
      [one, other] = [other, await stage.start(database)];
    }
    end.abort();
    await publishers;
    // The last event: everything before it must have come.
    const { id: last } = await other.api.publish({ userId });
    committed.add(last);
    await client.until(() => client.ids.includes(last), 'the last event', 30_000);
    const whole = await open(other, key, { query: 'since=2020-01-01T00:00:00Z' });
    await whole.until(() => whole.ids.includes(last), 'the last event', 30_000);
    got.push(...client.ids);
    expect({ SEED, missing: [...committed].filter((id) => !got.includes(id)) }).toEqual({ SEED, missing: [] });
    expect({ SEED, twice: got.filter((id, at) => got.indexOf(id) < at) }).toEqual({ SEED, twice: [] });
    expect(got.filter((id) => undone.has(id))).toEqual([]);
    expect(got).toEqual(whole.ids);
  });

  it('get an event of another process at once, not with the next poll', async () => {
    const [one, other] = [await stage.start(database), await stage.start(database, { ROLE: 'api' })];
    const { userId, key } = await newUser(one);
    const stream = await open(other, key);
    // The publisher learns within a second that somebody listens. Polling alone is not as fast so many times in a row.
    let [published, quick] = [0, 0];
    while (quick < 10 && published < 60) {
      const begin = performance.now();
      await one.api.publish({ userId });
      published += 1;
      await stream.received(published);
      quick = performance.now() - begin < 400 ? quick + 1 : 0;
    }
    expect(quick).toBe(10);
  });

  it('are not held up by long transactions of other users and of other tables', async () => {
    const server = await stage.start(database);
    const [slow, quick] = [await newUser(server), await newUser(server)];
    const events = await newHost();
    const session = await newSession();
    const unrelated = await newSession();
    await unrelated.query('CREATE TABLE of_the_host (id int)');
    await unrelated.query('BEGIN');
    await unrelated.query('INSERT INTO of_the_host VALUES (1)');
    const [slowStream, quickStream] = [await open(server, slow.key), await open(server, quick.key)];
    await server.api.publish({ userId: slow.userId });
    await slowStream.received(1);

    await session.query('BEGIN');
    const first = await events.publish(eventOf(slow.userId), session);
    const second = await server.api.publish({ userId: slow.userId });
    const other = await server.api.publish({ userId: quick.userId });
    expect((await quickStream.received(1))[0]?.id).toBe(other.id);
    expect(slowStream.events).toHaveLength(1);
    await session.query('COMMIT');
    await slowStream.received(3);
    expect(slowStream.ids.slice(1)).toEqual([first.id, second.id]);
    await unrelated.query('ROLLBACK');
  });

  it('have an event that was stored before the stream began and committed afterwards', async () => {
    const server = await stage.start(database);
    const [watcher, user] = [await newUser(server), await newUser(server)];
    const events = await newHost();
    const session = await newSession();
    // The process looks at transactions while it has a stream.
    const watching = await open(server, watcher.key);
    await server.api.publish({ userId: watcher.userId });
    await watching.received(1);
    await session.query('BEGIN');
    const late = await events.publish(eventOf(user.userId), session);
    await server.api.publish({ userId: user.userId });
    const stream = await open(server, user.key);
    await session.query('COMMIT');
    const later = await server.api.publish({ userId: user.userId });
    await stream.until(() => stream.ids.includes(later.id), 'the later event');
    expect(stream.ids).toEqual([late.id, later.id]);
  });

  it('end in every process when their key is revoked in one', async () => {
    const [one, other] = [await stage.start(database), await stage.start(database)];
    const { userId } = await newUser(one);
    const create = await one.api.post('/v1/api-keys', { name: 'x', expiresIn: '30d', userId });
    const { key, apiKey } = create.body.data;
    const streams = [await open(one, key), await open(other, key)];
    await one.api.delete(`/v1/api-keys/${apiKey.id}`);
    // Both are closed before the response to the deletion, or at the same time.
    await one.api.publish({ userId });
    for (const stream of streams) {
      await stream.end(2_000);
      expect(stream.events.map(({ event }) => event)).toEqual(['error']);
      expect(JSON.parse(stream.events[0]?.data ?? '').error.code).toBe('UNAUTHORIZED');
    }
  });

  it('end with a reason when their process stops, which does not wait for them', async () => {
    const server = await stage.start(database);
    const { key } = await newUser(server);
    const [stream, hanging] = [await open(server, key), await open(server, key)];
    hanging.pause();
    const begin = performance.now();
    const { code } = await server.kill('SIGTERM');
    expect(code).toBe(0);
    expect(performance.now() - begin).toBeLessThan(5_000);
    await stream.end();
    expect(stream.events.map(({ event, data }) => [event, JSON.parse(data).error.code])).toEqual([
      ['error', 'SERVICE_UNAVAILABLE'],
    ]);
  });

  it('are not served by a process that only dispatches', async () => {
    const [server, dispatcher] = [await stage.start(database), await stage.start(database, { ROLE: 'dispatcher' })];
    const { key } = await newUser(server);
    expect((await new ApiClient(dispatcher.url, key).get('/v1/events/stream')).status).toBe(404);
  });
});
