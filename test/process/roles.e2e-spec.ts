import { afterEach, expect, it } from '@jest/globals';
import { receivedAll, repeatsOf } from './support/deliveries.js';
import { describeOnServer } from './support/kinds.js';
import { Stage } from './support/stage.js';

const TIMEOUT_MS = 60_000;
const WAIT_MS = 40_000;

describeOnServer('Processes with a role each, on one database server,', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it(
    'accept in one and send from the other, woken by the database',
    async () => {
      const database = await stage.database('server');
      const receiver = await stage.receiver();
      const [api, dispatcher] = await Promise.all([
        stage.start(database, { ROLE: 'api' }),
        stage.start(database, { ROLE: 'dispatcher' }),
      ]);
      await api.api.createWebhook(receiver.url);

      // The clock alone would find them after half a second on average; notifications take a few milliseconds.
      const waits: number[] = [];
      for (let number = 1; number <= 10; number += 1) {
        const begin = performance.now();
        await api.api.publish({ extractionId: `extract-${number}` });
        await receiver.received(number, WAIT_MS);
        waits.push(performance.now() - begin);
      }
      const median = waits.sort((a, b) => a - b)[5];
      expect(median).toBeLessThan(250);

      const [record] = await api.api.log(10);
      expect(record).toMatchObject({ status: 'success', userId: 'uid_local' });
      expect(dispatcher.output.join()).not.toContain('"level":50');
    },
    TIMEOUT_MS,
  );

  it(
    'serve the API in the one only, and health in both',
    async () => {
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
    },
    TIMEOUT_MS,
  );

  it(
    'send nothing twice when two of them send the same 300 events',
    async () => {
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
    },
    TIMEOUT_MS,
  );
});
