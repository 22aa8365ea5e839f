import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterEach, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { eventually } from '../support/api-client.js';
import type { TestDatabase } from '../support/database.js';
import { describeOnServer } from './support/kinds.js';
import { Stage } from './support/stage.js';
import { publish, timed } from './support/timed.js';

jest.setTimeout(60_000);

const WAIT_MS = 40_000;

describeOnServer('On a database that refuses work, the service', () => {
  const stage = new Stage();
  const sessions: Client[] = [];

  afterEach(async () => {
    for (const session of sessions.splice(0)) await session.end();
    await stage.clear();
  });

  const sessionOn = async ({ env }: TestDatabase): Promise<Client> => {
    const session = new Client({ connectionString: env.DATABASE_URL });
    sessions.push(session);
    await session.connect();
    return session;
  };

  /** Changes a setting of every new session of the database. */
  const setDefault = async (database: TestDatabase, setting: string): Promise<Client> => {
    const session = await sessionOn(database);
    await session.query(`ALTER DATABASE ${nameOf(session)} SET ${setting}`);
    return session;
  };

  it('answers 503 to publishing, stores nothing of it and serves the rest when webhooks are locked', async () => {
    const database = await stage.database('server');
    const receiver = await stage.receiver();
    const { api } = await stage.start(database);
    await api.createWebhook(receiver.url);
    await api.publish();
    await api.log(1);
    const session = await sessionOn(database);
    await session.query('BEGIN; LOCK TABLE webhooks');

    const blocked = [
      ...Array.from({ length: 30 }, () => publish(api)),
      ...Array.from({ length: 10 }, () => timed(api.get('/v1/webhooks'))),
      timed(api.post('/v1/events/batch', { events: batchOf(200) })),
    ];
    await lockWaiters(session, 3);
    expect(await timed(api.get('/v1/webhooks/deliveries'))).toMatchObject({ status: 200 });
    expect(await timed(api.get('/health/ready'))).toMatchObject({ status: 200 });
    expect(await timed(api.get('/v1/api-keys'))).toMatchObject({ status: 200 });
    for (const answer of await Promise.all(blocked)) {
      expect(answer).toMatchObject({ status: 503, retryAfter: '1', error: { code: 'SERVICE_UNAVAILABLE' } });
      expect(answer.ms).toBeLessThan(10_000);
    }

    await session.query('COMMIT');
    // Statements on the table follow all earlier waiters for its lock.
    await eventually(async () => ((await publish(api)).status === 202 ? true : undefined), 'an event to be accepted');
    const { rows } = await session.query('SELECT count(*)::int AS events FROM events');
    expect(rows).toEqual([{ events: 2 }]);
  });

  it('records an attempt when its statement was cancelled', async () => {
    const database = await stage.database('server');
    const held: ServerResponse[] = [];
    const receiver = await stage.receiver((_request, response) => void held.push(response));
    const { api, output } = await stage.start(database, { RETRY_SCHEDULE: '0s,1h' });
    const { webhook } = await api.createWebhook(receiver.url);
    const { id } = await api.publish();
    await receiver.received(1, WAIT_MS);
    const session = await sessionOn(database);
    await session.query('BEGIN; SELECT FROM deliveries FOR UPDATE');
    for (const response of held) response.end();
    await lockWaiters(session, 1);
    // 57014, the code of a cancellation by an administrator or by a time limit of the server.
    await session.query(CANCEL_WAITERS);
    await eventually(
      async () => (output.some((line) => line.includes('attempts are not recorded yet')) ? true : undefined),
      'the line about attempts that wait',
    );
    await session.query('COMMIT');

    expect(await api.log(1)).toEqual([expect.objectContaining({ status: 'success', attempt: 1 })]);
    expect((await api.get(`/v1/events/${id}`)).body.data.deliveries).toEqual([
      expect.objectContaining({ webhookId: webhook.id, state: 'succeeded' }),
    ]);
    expect(output.join('\n')).not.toMatch(/could not be recorded/);
    expect(receiver.requests).toHaveLength(1);
  });

  it('answers 503 when a statement is cancelled', async () => {
    const database = await stage.database('server');
    const { api } = await stage.start(database);
    const session = await sessionOn(database);
    await session.query('BEGIN; LOCK TABLE webhooks');
    const answers = [publish(api), timed(api.get('/v1/webhooks'))];
    await lockWaiters(session, answers.length);
    await session.query(CANCEL_WAITERS);
    for (const answer of await Promise.all(answers)) {
      expect(answer).toMatchObject({ status: 503, retryAfter: '1' });
      expect(answer.ms).toBeLessThan(2_500);
    }
    await session.query('COMMIT');
  });

  it('accepts and records everything when transactions are serializable by default', async () => {
    const database = await stage.database('server');
    await setDefault(database, `default_transaction_isolation = 'serializable'`);
    const receiver = await stage.receiver();
    const { api, output } = await stage.start(database, { DISPATCH_CONCURRENCY: '64' });
    for (let count = 0; count < 3; count += 1) await api.createWebhook(`${receiver.url}/${count}`);
    const answers = await Promise.all(Array.from({ length: 100 }, () => publish(api)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    await receiver.received(300, WAIT_MS);
    await eventually(async () => {
      const { body } = await api.get('/v1/webhooks/deliveries?status=success&limit=100');
      return body.data.length === 100 ? true : undefined;
    }, 'the log');
    expect(output.filter((line) => /could not|not recorded yet|Claiming failed/.test(line))).toEqual([]);
  });

  it('is not ready when the database takes no writes, and ready again when it does', async () => {
    const database = await stage.database('server');
    const { api } = await stage.start(database);
    expect((await api.get('/health/ready')).status).toBe(200);
    const session = await setDefault(database, 'default_transaction_read_only = on');
    await session.query(END_OTHERS);
    const answer = await eventually(async () => {
      const ready = await timed(api.get('/health/ready'));
      return ready.status === 503 && ready.error?.message.startsWith('read-only: ') ? ready : undefined;
    }, 'the answer that it is read-only');
    expect(answer).toMatchObject({ retryAfter: '1', error: { code: 'SERVICE_UNAVAILABLE' } });
    expect(await publish(api)).toMatchObject({ status: 503, retryAfter: '1' });

    await session.query(`ALTER DATABASE ${nameOf(session)} RESET default_transaction_read_only`);
    await session.query(END_OTHERS);
    await eventually(async () => ((await api.get('/health/ready')).status === 200 ? true : undefined), 'readiness');
    expect((await publish(api)).status).toBe(202);
  });
});

function nameOf(session: Client): string {
  return session.escapeIdentifier(session.database ?? '');
}

const CANCEL_WAITERS = `
  SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
const END_OTHERS = `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;

/** Resolves when this many sessions of the database wait for a lock. */
function lockWaiters(session: Client, count: number): Promise<true> {
  return eventually(async () => {
    // Within a transaction the view does not change.
    await session.query('SELECT pg_stat_clear_snapshot()');
    const { rows } = await session.query<{ waiting: number }>(
      `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return (rows[0]?.waiting ?? 0) >= count ? true : undefined;
  }, `${count} sessions to wait for a lock`);
}

function batchOf(count: number) {
  return Array.from({ length: count }, () => ({
    event: 'extraction.completed',
    userId: 'uid_local',
    extractionId: randomBytes(8).toString('hex'),
    data: {},
  }));
}
