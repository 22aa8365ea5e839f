import { afterEach, expect, it, jest } from '@jest/globals';
import { eventually } from '../support/api-client.js';
import { onServer } from '../support/test-server.mjs';
import { receivedAll, repeatsOf } from './support/deliveries.js';
import { describeOnServer } from './support/kinds.js';
import { Stage } from './support/stage.js';

jest.setTimeout(60_000);

const WAIT_MS = 40_000;

describeOnServer('Processes with a role each, on one database server,', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('accept in one and send from the other, woken by the database, also after its connections were cut', async () => {
    const database = await stage.database('server');
    const name = new URL(database.env.DATABASE_URL ?? '').pathname.slice(1);
    const receiver = await stage.receiver();
    const { api } = await stage.start(database, { ROLE: 'api' });
    const dispatcher = await stage.start(database, { ROLE: 'dispatcher' });
    await api.createWebhook(receiver.url);

    // Each is published right after a look at the queue: the clock alone would find it a second later, at the next
    // one. A notification takes some milliseconds; on a busy machine some more.
    const medianWait = async (): Promise<number> => {
      const waits: number[] = [];
      while (waits.length < 9) {
        const begin = performance.now();
        const count = receiver.requests.length + 1;
        await api.publish();
        await receiver.received(count, WAIT_MS);
        waits.push(performance.now() - begin);
      }
      return waits.sort((a, b) => a - b)[4] ?? Infinity;
    };
    const listeners = () =>
      onServer(`SELECT pid FROM pg_stat_activity WHERE datname = '${name}' AND query LIKE 'LISTEN%'`);

    expect(await medianWait()).toBeLessThan(600);
    const [listener] = await listeners();
    await onServer(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    await eventually(async () => (await listeners()).find(({ pid }) => pid !== listener?.pid), 'it to listen again');
    expect(await medianWait()).toBeLessThan(600);
    expect(await dispatcher.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  it('serve the API in the one only, and health in both', async () => {
    const database = await stage.database('server');
    const dispatcher = await stage.start(database, { ROLE: 'dispatcher' });
    const { status, headers, body } = await dispatcher.api.get('/v1/webhooks');
    expect(status).toBe(404);
    expect(body).toEqual({
      error: { code: 'NOT_FOUND', message: expect.stringContaining('only dispatches (ROLE=dispatcher)') },
    });
    expect(headers.get('x-request-id')).toBeTruthy();
    expect((await dispatcher.api.post('/v1/events', {})).status).toBe(404);
    expect(await dispatcher.api.get('/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await dispatcher.api.get('/health/ready')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('send nothing twice when two of them send the same 300 events', async () => {
    const database = await stage.database('server');
    const receivers = await Promise.all([stage.receiver(), stage.receiver(), stage.receiver()]);
    const api = await stage.start(database, { ROLE: 'api' });
    const secrets = new Map<(typeof receivers)[number], string>();
    for (const receiver of receivers) secrets.set(receiver, (await api.api.createWebhook(receiver.url)).secret);
    const dispatchers = await Promise.all([
      stage.start(database, { ROLE: 'dispatcher' }),
      stage.start(database, { ROLE: 'dispatcher' }),
    ]);

    const ids = Array.from({ length: 300 }, (_, number) => `extract-${number}`);
    for (let begin = 0; begin < ids.length; begin += 30) {
      const events = ids.slice(begin, begin + 30).map((extractionId) => {
        return { event: 'extraction.failed', userId: 'uid_local', extractionId, data: {} };
      });
      expect((await api.api.post('/v1/events/batch', { events })).status).toBe(202);
    }
    for (const [receiver, secret] of secrets) await receivedAll(receiver, secret, ids);
    // After an orderly stop nothing can follow any more.
    for (const dispatcher of dispatchers) expect((await dispatcher.kill('SIGTERM')).code).toBe(0);
    for (const [receiver, secret] of secrets) {
      expect(receiver.requests).toHaveLength(300);
      expect(repeatsOf(receiver.requests, secret)).toEqual([]);
    }
  });
});
