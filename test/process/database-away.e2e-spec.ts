import type { ServerResponse } from 'node:http';
import { afterEach, expect, it, jest } from '@jest/globals';
import { onServer } from '../support/test-server.mjs';
import { describeOnServer } from './support/kinds.js';
import { Stage } from './support/stage.js';

jest.setTimeout(120_000);

const WAIT_MS = 40_000;

describeOnServer('While the database server is away, a stop', () => {
  const stage = new Stage();
  const away: string[] = [];

  const takeAway = async (database: string): Promise<void> => {
    away.push(database);
    await onServer(`ALTER DATABASE ${database} ALLOW_CONNECTIONS false`);
    await onServer(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}'`);
  };

  afterEach(async () => {
    for (const database of away.splice(0)) await bringBack(database);
    await stage.clear();
  });

  it('completes, and unrecorded deliveries are still due', async () => {
    const database = await stage.database('server');
    const name = nameOf(database.env.DATABASE_URL);
    const held: ServerResponse[] = [];
    const receiver = await stage.receiver((_request, response) => void held.push(response));
    const env = { DELIVERY_TIMEOUT_MS: '2000', RETRY_SCHEDULE: '0s,1h' };
    const first = await stage.start(database, env);
    await first.api.createWebhook(receiver.url);
    const { id } = await first.api.publish();
    await receiver.received(1, WAIT_MS);
    await takeAway(name);
    for (const response of held) response.end();

    const begin = performance.now();
    expect(await first.kill('SIGTERM')).toEqual({ code: 1, signal: null });
    expect(performance.now() - begin).toBeLessThan(25_000);
    await bringBack(name);
    const second = await stage.start(database, { ...env, ROLE: 'api' });
    const { body } = await second.api.get(`/v1/events/${id}`);
    expect(body.data.deliveries).toEqual([expect.objectContaining({ state: 'pending' })]);
  });
});

function bringBack(database: string) {
  return onServer(`ALTER DATABASE ${database} ALLOW_CONNECTIONS true`);
}

function nameOf(url = ''): string {
  return new URL(url).pathname.slice(1);
}
