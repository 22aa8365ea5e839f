import { atOnce, batchesOf } from './events.js';
import type { BenchReceiver } from './receiver.js';
import { BenchDatabase, BenchServer } from './server.js';

/** The shape of a run: so many events, each for so many webhooks of its user. */
export interface DispatchShape {
  events: number;
  webhooks: number;
}

/**
 * Deliveries a second of the whole application: from the first event's acceptance over HTTP to the last attempt's
 * record in the database.
 */
export async function dispatchRound(server: BenchServer, receiver: BenchReceiver, { events, webhooks }: DispatchShape) {
  const count = events * webhooks;
  const settled = (await server.settled()) + count;
  const bodies = batchesOf(events, () => 'uid_bench');
  await receiver.reset(count);
  const begin = performance.now();
  await atOnce(2, bodies, (body) => server.post('/v1/events/batch', body));
  await server.untilSettled(settled);
  return count / ((performance.now() - begin) / 1_000);
}

/** A server whose user `uid_bench` has so many webhooks. */
export async function dispatchServer(receiver: BenchReceiver, webhooks: number, env: Record<string, string> = {}) {
  const database = await BenchDatabase.create();
  const urls = Array.from({ length: webhooks }, (_, index) => `${receiver.url}/w${index}`);
  await database.addWebhooks(urls.map((url) => ({ userId: 'uid_bench', url })));
  return { database, server: await BenchServer.start(database, env) };
}
