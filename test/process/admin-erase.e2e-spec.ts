import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { ERASED_TABLES } from '../../src/admin/erasure.statement.js';
import { ApiClient, eventually } from '../support/api-client.js';
import type { TestDatabase } from '../support/database.js';
import type { ServerProcess } from '../support/server-process.js';
import { describeOnServer } from './support/kinds.js';
import { adminData, runAdmin } from './support/run-admin.js';
import { Stage } from './support/stage.js';

jest.setTimeout(300_000);

const ADMIN = join(import.meta.dirname, '../../dist/bundle/admin.js');
const newUser = () => `uid_${randomUUID()}`;
const eventOf = (userId: string) => ({ event: 'extraction.completed', userId, extractionId: 'extract-1', data: {} });

/** Tables that have no data of a user, with the reason. */
const OF_NO_USER: Record<string, string> = {
  attempt_summary_progress: 'the time that is summarized',
  secrets_check: 'a known text of the installation',
  _prisma_migrations: 'the migrations of the installation',
};

describeOnServer('users erase, while the service runs on the same database', () => {
  const stage = new Stage();
  let database: TestDatabase;
  let server: ServerProcess;
  let session: Client;

  beforeAll(async () => {
    database = await stage.database('server');
    server = await stage.start(database, { RETRY_SCHEDULE: '0s,1h', DELIVERY_TIMEOUT_MS: '3000' });
    session = new Client({ connectionString: database.env.DATABASE_URL });
    await session.connect();
  });

  afterAll(async () => {
    await session.end();
    await stage.clear();
  });

  /** A user with a key that may publish, and a webhook. */
  async function newOwner(url: string) {
    const userId = newUser();
    const scopes = ['--scopes', 'webhooks,events:publish'];
    const { key } = await adminData(database, 'keys', 'create', '--user', userId, '--name', 'Test', ...scopes);
    const api = new ApiClient(server.url, key);
    const { webhook } = await api.createWebhook(url);
    const publish = (count: number, headers?: Record<string, string>) =>
      api.post('/v1/events/batch', { events: Array.from({ length: count }, () => eventOf(userId)) }, headers);
    return { userId, api, id: webhook.id, publish };
  }

  /** The tables that mention any of these texts, with the number of rows. */
  async function mentions(texts: readonly string[]): Promise<Record<string, number>> {
    const found: Record<string, number> = {};
    for (const table of await tables()) {
      const { rows } = await session.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM ${table} row WHERE EXISTS (
           SELECT FROM unnest($1::text[]) AS wanted WHERE row::text LIKE '%' || wanted || '%')`,
        [texts],
      );
      if (rows[0]!.count > 0) found[table] = rows[0]!.count;
    }
    return found;
  }

  async function tables(): Promise<string[]> {
    const { rows } = await session.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  }

  it('knows every table of the database', async () => {
    expect([...ERASED_TABLES, ...Object.keys(OF_NO_USER)].sort()).toEqual(await tables());
    const { rows } = await session.query<{ name: string }>(
      `SELECT DISTINCT table_name AS name FROM information_schema.columns
       WHERE table_schema = 'public' AND column_name IN ('user_id', 'publisher_id', 'event_id', 'webhook_id')`,
    );
    for (const { name } of rows) expect(ERASED_TABLES).toContain(name);
  });

  it('removes every row of the user from every table, and leaves other users alone', async () => {
    const receiver = await stage.receiver((_request, response) => response.writeHead(500).end());
    const owner = await newOwner(receiver.url);
    const other = await newOwner(receiver.url);
    for (const { publish, api, id, userId } of [owner, other]) {
      expect((await publish(20, { 'idempotency-key': 'batch' })).status).toBe(202);
      await api.log(20);
      const since = new Date(Date.now() - 3_600_000).toISOString();
      expect((await api.post(`/v1/webhooks/${id}/recover`, { since })).status).toBe(202);
      await api.post('/v1/api-keys', { name: 'Second', expiresIn: '30d' });
      await session.query(
        `INSERT INTO attempt_summaries (user_id, webhook_id, starts_at, attempts, succeeded, durations)
         VALUES ($1, gen_random_uuid(), now(), 20, 0, '5:20')`,
        [userId],
      );
    }
    const rowsBefore = {
      api_keys: 2,
      webhooks: 1,
      recoveries: 1,
      events: 20,
      delivery_attempts: 20,
      attempt_summaries: 1,
      idempotency_keys: 1,
    };
    expect(await mentions([owner.userId])).toEqual(rowsBefore);
    const ids = await session.query<{ id: string }>('SELECT id FROM events WHERE user_id = $1', [owner.userId]);
    const texts = [owner.userId, ...ids.rows.map(({ id }) => id)];
    expect((await mentions(texts)).deliveries).toBe(20);

    for (const input of ['', 'n\n']) {
      const refused = await runAdmin(database, ['users', 'erase', owner.userId], input);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toContain(`${owner.userId} has 1 webhooks and 2 active API keys. Remove them`);
    }
    expect(await mentions([owner.userId])).toEqual(rowsBefore);
    const done = await runAdmin(database, ['users', 'erase', owner.userId, '--json'], 'y\n');
    expect(JSON.parse(done.stdout).data).toEqual({
      userId: owner.userId,
      removed: { ...rowsBefore, deliveries: 20 },
      keptBootstrapKeys: 0,
    });
    expect(await mentions(texts)).toEqual({});
    expect((await owner.api.get('/v1/webhooks')).status).toBe(401);
    expect(await mentions([other.userId])).toEqual(rowsBefore);
    expect((await other.api.get('/v1/webhooks')).body.data).toHaveLength(1);

    const again = await runAdmin(database, ['users', 'erase', owner.userId, '--yes']);
    expect(again).toEqual({ code: 0, stdout: `${owner.userId} has no data.\n`, stderr: '' });
  });

  it('refuses an empty user, and asks for one', async () => {
    expect(await runAdmin(database, ['users', 'erase', '', '--yes'])).toMatchObject({ code: 2, stdout: '' });
    expect(await runAdmin(database, ['users', 'erase', '--yes'])).toMatchObject({ code: 2, stdout: '' });
  });

  it('stops the sending, and leaves no row of an attempt that was in flight', async () => {
    const held: ServerResponse[] = [];
    const receiver = await stage.receiver((_request, response) => void held.push(response));
    const { userId, publish, api } = await newOwner(receiver.url);
    await publish(100);
    await receiver.received(10);
    const erasing = runAdmin(database, ['users', 'erase', userId, '--yes', '--json']);
    await eventually(async () => ((await api.get('/v1/webhooks')).status === 401 ? true : undefined), 'the revocation');
    const { rows } = await session.query('SELECT FROM deliveries WHERE leased_until > now()');
    expect(rows.length).toBeGreaterThan(0);
    const sent = receiver.requests.length;
    await delay(1_000);
    for (const response of held.splice(0)) response.end();
    const { code, stdout } = await erasing;
    expect(code).toBe(0);
    expect(JSON.parse(stdout).data.removed).toMatchObject({ events: 100, deliveries: 100, delivery_attempts: sent });
    await delay(500);
    expect(receiver.requests).toHaveLength(sent);
    expect(await mentions([userId])).toEqual({});
  });

  it('records nothing of an attempt whose delivery is gone', async () => {
    const held: ServerResponse[] = [];
    const receiver = await stage.receiver((_request, response) => void held.push(response));
    const { userId, publish } = await newOwner(receiver.url);
    await publish(1);
    await receiver.received(1);
    // As a process that was suspended for longer than its lease.
    await session.query('BEGIN');
    await session.query('UPDATE deliveries SET leased_until = now() WHERE leased_until > now()');
    await session.query('UPDATE webhooks SET active = false WHERE user_id = $1', [userId]);
    await session.query('COMMIT');
    expect((await runAdmin(database, ['users', 'erase', userId, '--yes'])).code).toBe(0);
    for (const response of held) response.end();
    await eventually(
      async () => (server.output.some((line) => line.includes('the lease was lost before')) ? true : undefined),
      'the line about the lost lease',
    );
    expect(await mentions([userId])).toEqual({});
  });

  it('ends when its process is killed, and removes the rest when it is repeated', async () => {
    const userId = newUser();
    await insertHistory(session, userId, 60_000);
    const { DATABASE_URL = '', DATA_DIR = '' } = database.env;
    const child = spawn(process.execPath, [ADMIN, 'users', 'erase', userId, '--yes'], {
      cwd: DATA_DIR,
      env: { PATH: process.env.PATH, DATABASE_URL, DATA_DIR },
    });
    const count = async () => (await mentionsOf(session, userId)).events;
    await eventually(async () => ((await count()) < 60_000 ? true : undefined), 'the first batch');
    child.kill('SIGKILL');
    await once(child, 'close');
    const left = await count();
    expect(left).toBeGreaterThan(0);
    const { removed } = await adminData(database, 'users', 'erase', userId, '--yes');
    expect(removed).toMatchObject({ events: left, deliveries: left, delivery_attempts: 60_000 });
    expect(await mentionsOf(session, userId)).toEqual({ events: 0, attempts: 0 });
  });

  it('fails and says why when events of the user are still published', async () => {
    const userId = newUser();
    const end = new AbortController();
    const publishing = (async () => {
      while (!end.signal.aborted) await server.api.post('/v1/events', eventOf(userId));
    })();
    const { code, stderr } = await runAdmin(database, ['users', 'erase', userId, '--yes', '--json']);
    end.abort();
    await publishing;
    expect([code, JSON.parse(stderr).error.message]).toEqual([
      1,
      expect.stringMatching(/^\d+ rows of uid_\S+ are removed, and new ones are still added: stop publishing/),
    ]);
    expect((await runAdmin(database, ['users', 'erase', userId, '--yes'])).code).toBe(0);
    expect(await mentions([userId])).toEqual({});
  });

  it('answers a repeated request of another publisher with CONFLICT after its events are erased', async () => {
    const userId = newUser();
    const headers = { 'idempotency-key': randomUUID() };
    const publish = () => server.api.post('/v1/events', eventOf(userId), headers);
    expect((await publish()).status).toBe(202);
    await adminData(database, 'users', 'erase', userId, '--yes');
    expect(await publish()).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT' } } });
  });
});

describe('users erase of the user of BOOTSTRAP_API_KEY', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('keeps the key revoked after the next start', async () => {
    const database = await stage.database('embedded');
    const first = await stage.start(database);
    await first.api.createWebhook('http://127.0.0.1:65000/');
    await first.api.publish();
    await first.kill('SIGTERM');

    const { code, stdout } = await runAdmin(database, ['users', 'erase', 'uid_local', '--yes']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^REMOVED FROM +ROWS\nwebhooks +1\nevents +1\n/)]);
    expect(stdout).toMatch(/The row of 1 revoked bootstrap key stays/);

    const second = await stage.start(database);
    expect((await second.api.get('/v1/webhooks')).status).toBe(401);
    expect(second.output.join('\n')).toContain('BOOTSTRAP_API_KEY was revoked at');
    await second.kill('SIGTERM');
    expect(await adminData(database, 'users', 'erase', 'uid_local', '--yes')).toMatchObject({
      removed: { api_keys: 0, webhooks: 0, events: 0, deliveries: 0 },
      keptBootstrapKeys: 1,
    });
  });
});

/** Events of a user with one finished delivery and one attempt each. */
async function insertHistory(session: Client, userId: string, count: number): Promise<void> {
  await session.query(
    `WITH made AS (
       SELECT uuid_v7(now() - number * interval '1 second') AS id FROM generate_series(1, $2::int) number
     ), stored AS (
       INSERT INTO events (id, type, user_id, payload, occurred_at, delivery_count)
       SELECT id, 'extraction.completed', $1, '{}', now(), 1 FROM made
     ), delivered AS (
       INSERT INTO deliveries (id, event_id, webhook_id, state, trigger)
       SELECT gen_random_uuid(), id, gen_random_uuid(), 'succeeded', 'event' FROM made
     )
     INSERT INTO delivery_attempts (id, user_id, webhook_id, delivery_id, event_id, event, url, status, duration_ms, attempt,
       trigger, request_headers, response_truncated, created_at)
     SELECT gen_random_uuid(), $1, gen_random_uuid(), gen_random_uuid(), id, 'extraction.completed', 'https://a.example/',
       'success', 1, 1, 'event', '', false, now() FROM made`,
    [userId, count],
  );
}

async function mentionsOf(session: Client, userId: string): Promise<{ events: number; attempts: number }> {
  const { rows } = await session.query<{ events: number; attempts: number }>(
    `SELECT (SELECT count(*)::int FROM events WHERE user_id = $1) AS events,
       (SELECT count(*)::int FROM delivery_attempts WHERE user_id = $1) AS attempts`,
    [userId],
  );
  return rows[0]!;
}
