import type { ServerResponse } from 'node:http';
import { afterEach, expect, it, jest } from '@jest/globals';
import { eventually } from '../support/api-client.js';
import { onServer } from '../support/test-server.mjs';
import { receivedAll } from './support/deliveries.js';
import { describeOnServer } from './support/kinds.js';
import { Publisher } from './support/publisher.js';
import { Stage } from './support/stage.js';

jest.setTimeout(120_000);

const WAIT_MS = 40_000;

describeOnServer('While the database server is away,', () => {
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

  it('the API says so, the process stays, and afterwards all that was accepted is delivered', async () => {
    const database = await stage.database('server');
    const name = nameOf(database.env.DATABASE_URL);
    const receiver = await stage.receiver((_request, response) => void setTimeout(() => response.end(), 50));
    const server = await stage.start(database, { DELIVERY_TIMEOUT_MS: '1000' });
    const { secret } = await server.api.createWebhook(receiver.url);
    const publisher = new Publisher(server.api, 'extract');
    await Promise.all([publisher.reached(50), receiver.received(10, WAIT_MS)]);
    await takeAway(name);
    await eventually(async () => publisher.refusals.at(-1), 'a request to be refused');
    await publisher.stop();

    for (const answer of [
      ...publisher.refusals,
      await server.api.get('/v1/webhooks'),
      await server.api.post('/v1/events', {
        event: 'extraction.completed',
        userId: 'u',
        extractionId: 'e',
        data: {},
      }),
      await server.api.get('/health/ready'),
    ]) {
      expect(answer).toMatchObject({ status: 503, body: { error: { code: 'SERVICE_UNAVAILABLE' } } });
      expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    }
    expect(await server.api.get('/health')).toMatchObject({ status: 200, body: { status: 'ok' } });

    await bringBack(name);
    await receivedAll(receiver, secret, publisher.accepted);
    await server.api.publish({ extractionId: 'extract-after' });
    await receivedAll(receiver, secret, ['extract-after']);
    expect((await server.api.get('/health/ready')).status).toBe(200);
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(server.output.join('\n')).not.toContain('could not be recorded');
  });

  it('a stop comes to its end all the same, and what it could not record is still due', async () => {
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
