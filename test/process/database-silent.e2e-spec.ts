import type { ServerResponse } from 'node:http';
import { afterEach, expect, it, jest } from '@jest/globals';
import { eventually } from '../support/api-client.js';
import { SilentProxy } from '../support/silent-proxy.js';
import { onServer } from '../support/test-server.mjs';
import { describeOnServer } from './support/kinds.js';
import { Stage } from './support/stage.js';
import { publish, timed } from './support/timed.js';

jest.setTimeout(90_000);

const WAIT_MS = 40_000;

describeOnServer('A database that does not answer', () => {
  const stage = new Stage();
  const proxies: SilentProxy[] = [];

  afterEach(async () => {
    await stage.clear();
    for (const proxy of proxies.splice(0)) await proxy.close();
  });

  it('leads to 503 in time when its path goes silent, and to full service when the path is back', async () => {
    const database = await stage.database('server');
    const proxy = await SilentProxy.start(database.env.DATABASE_URL ?? '');
    proxies.push(proxy);
    const held: ServerResponse[] = [];
    const receiver = await stage.receiver((_request, response) => void held.push(response));
    const { api, output } = await stage.start(database, { DATABASE_URL: proxy.url, RETRY_SCHEDULE: '0s,1h' });
    await api.createWebhook(receiver.url);
    await api.publish();
    await receiver.received(1, WAIT_MS);
    // Opens idle connections, all of which die.
    await Promise.all(Array.from({ length: 20 }, () => api.get('/v1/webhooks?active=all')));

    proxy.goSilent();
    const [start] = await onServer('SELECT quote_literal(now()) AS now');
    for (const response of held.splice(0)) response.end();
    const ready = await timed(api.get('/health/ready'));
    expect(ready).toMatchObject({ status: 503, retryAfter: '1' });
    expect(ready.error?.message).toMatch(/^database: /);
    // The check gives up after 1 s. Requests wait for several.
    expect(ready.ms).toBeLessThan(4_000);
    for (let round = 0; round < 2; round += 1) {
      const answers = await Promise.all([
        ...Array.from({ length: 10 }, () => publish(api)),
        timed(api.get('/v1/webhooks')),
      ]);
      for (const { status, ms, retryAfter } of answers) {
        expect({ status, retryAfter }).toEqual({ status: 503, retryAfter: '1' });
        expect(ms).toBeLessThan(10_000);
      }
    }
    expect((await timed(api.get('/health'))).status).toBe(200);

    proxy.comeBack();
    const back = performance.now();
    await eventually(async () => ((await publish(api)).status === 202 ? true : undefined), 'an event to be accepted');
    expect(performance.now() - back).toBeLessThan(5_000);
    await eventually(async () => ((await api.get('/health/ready')).status === 200 ? true : undefined), 'readiness');
    expect(performance.now() - back).toBeLessThan(5_000);
    const records = await api.log(1);
    expect(records).toContainEqual(expect.objectContaining({ status: 'success', attempt: 1 }));
    await eventually(async () => {
      const sessions = await onServer(
        `SELECT FROM pg_stat_activity WHERE datname = '${new URL(proxy.url).pathname.slice(1)}'
         AND query LIKE 'LISTEN%' AND backend_start > ${String(start?.now)}::timestamptz`,
      );
      return sessions.length > 0 ? true : undefined;
    }, 'a new connection that listens');
    expect(output.join('\n')).toMatch(/Listening for notifications was interrupted/);
    expect(output.join('\n')).not.toMatch(/could not be recorded/);
  });
});
