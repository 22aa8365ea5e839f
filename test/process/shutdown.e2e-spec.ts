import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { ApiClient } from '../support/api-client.js';
import { deliveriesOf, receivedAll, repeatsOf } from './support/deliveries.js';
import { databaseKinds } from './support/kinds.js';
import { Publisher } from './support/publisher.js';
import { Stage } from './support/stage.js';

jest.setTimeout(90_000);

const WAIT_MS = 40_000;
/** What an orderly stop may take beside the attempts in flight. */
const MARGIN_MS = 5_000;

describe.each(databaseKinds)('An orderly stop under load, on a database that is %s,', (kind) => {
  const stage = new Stage();

  afterEach(() => stage.clear());

  it('lets what is in flight end, exits with 0 within the time limit, and loses and repeats nothing', async () => {
    const deadlineMs = 5_000;
    const env = { DELIVERY_TIMEOUT_MS: String(deadlineMs) };
    const database = await stage.database(kind);
    const receiver = await stage.receiver((_request, response) => void setTimeout(() => response.end(), 100));
    const first = await stage.start(database, env);
    const { secret } = await first.api.createWebhook(receiver.url);
    const publisher = new Publisher(first.api, 'extract');
    await Promise.all([publisher.reached(40), receiver.received(15, WAIT_MS)]);

    const begin = performance.now();
    expect(await first.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - begin).toBeLessThan(deadlineMs + MARGIN_MS);
    await publisher.stop();
    const sent = deliveriesOf(receiver.requests, secret);
    expect(sent.size).toBeLessThan(publisher.accepted.length);

    const second = await stage.start(database, env);
    // What the first process had not recorded would be sent again when its lease ends.
    const recorded = new Set((await wholeLog(second.api)).map(({ extractionId }) => extractionId));
    expect([...sent.keys()].filter((id) => !recorded.has(id))).toEqual([]);
    await receivedAll(receiver, secret, publisher.accepted);
    await second.kill('SIGTERM');
    expect(repeatsOf(receiver.requests, secret)).toEqual([]);
  });

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

/** The log, page by page. */
async function wholeLog(api: ApiClient): Promise<{ extractionId: string }[]> {
  const records: { extractionId: string }[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body } = await api.get(`/v1/webhooks/deliveries?limit=100${cursor && `&cursor=${cursor}`}`);
    records.push(...body.data);
    cursor = body.nextCursor as string | null;
  }
  return records;
}
