import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, expect, it, jest } from '@jest/globals';
import { describeOnServer } from './support/kinds.js';
import { Stage } from './support/stage.js';

jest.setTimeout(120_000);

const LIMIT = 100;
const SECONDS = 15;

describeOnServer('A rate limit over four dispatchers', () => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('is used, and not exceeded in any second, also when a dispatcher is killed', async () => {
    const times: number[] = [];
    const delays = monitorEventLoopDelay({ resolution: 5 });
    delays.enable();
    const receiver = await stage.receiver((_request, response) => {
      times.push(performance.now());
      response.end();
    });
    const database = await stage.database('server');
    const { api } = await stage.start(database, { ROLE: 'api' });
    const dispatchers = await Promise.all([1, 2, 3, 4].map(() => stage.start(database, { ROLE: 'dispatcher' })));
    const { webhook } = await api.createWebhook(receiver.url);
    const rateLimit = { requests: LIMIT, per: 'second' };
    expect((await api.patch(`/v1/webhooks/${webhook.id}`, { rateLimit })).status).toBe(200);
    const count = LIMIT * SECONDS;
    for (let begin = 0; begin < count; begin += 500) {
      const events = Array.from({ length: 500 }, (_, number) => ({
        event: 'extraction.completed',
        userId: 'uid_local',
        extractionId: `x${begin + number}`,
        data: {},
      }));
      expect((await api.post('/v1/events/batch', { events })).status).toBe(202);
    }
    await receiver.received(count / 3, 60_000);
    await dispatchers[0]!.kill('SIGKILL');
    await receiver.received(count, 60_000);

    const begin = times[0]!;
    const inWindow = (from: number): number => times.filter((time) => time >= from && time < from + 1_000).length;
    const windows = times.filter((time) => time > begin + 1_000).map(inWindow);
    // A few milliseconds of delay move a request from one period to the next. This receiver may add delays of its own.
    const lateSeconds = delays.max / 1e9;
    expect(Math.max(...windows)).toBeLessThanOrEqual(LIMIT * (1.05 + lateSeconds));
    // The deliveries of the killed process wait for the end of their leases. The others use the rate.
    expect(inWindow(begin + 2_000)).toBeGreaterThan(LIMIT * 0.5);
  });
});
