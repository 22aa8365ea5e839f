import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { databaseKinds } from './support/kinds.js';
import { Stage } from './support/stage.js';

jest.setTimeout(90_000);

const WAIT_MS = 40_000;
/** What an orderly stop may take beside the attempts in flight. */
const MARGIN_MS = 5_000;

describe.each(databaseKinds)('An orderly stop on a database that is %s', (kind) => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('waits for an unresponsive receiver no longer than an attempt may take, and keeps the attempt in the log', async () => {
    const deadlineMs = 1_000;
    const env = { DELIVERY_TIMEOUT_MS: String(deadlineMs), RETRY_SCHEDULE: '0s,1h' };
    const database = await stage.database(kind);
    const receiver = await stage.receiver(() => undefined);
    const first = await stage.start(database, env);
    await first.api.createWebhook(receiver.url);
    await first.api.publish();
    await receiver.received(1, WAIT_MS);

    const begin = performance.now();
    expect(await first.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - begin).toBeLessThan(deadlineMs + MARGIN_MS);

    const second = await stage.start(database, env);
    expect(await second.api.log(1)).toEqual([
      expect.objectContaining({ status: 'failed', error: 'The operation was aborted due to timeout' }),
    ]);
    expect(receiver.requests).toHaveLength(1);
  });
});
