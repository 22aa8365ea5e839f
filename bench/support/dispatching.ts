import { setTimeout as delay } from 'node:timers/promises';
import type { BenchRun } from '../bench.js';
import { now } from './clock.js';
import type { BenchWebhook } from './database.js';
import { atOnce, batchesOf } from './events.js';
import { CALLER, type BenchServer } from './server.js';

/** A number of events. Each goes to all webhooks of the user. */
export interface Shape {
  userId: string;
  events: number;
  webhooks: number;
  /** The number of extractions, which take turns. Default: one for each event. */
  extractions?: number;
  /** The number of deliveries that are not sent during the measurement. Default: none. */
  waiting?: number;
}

/** The number of concurrent requests with batches of events. */
const BATCHES_AT_ONCE = 2;
const POLL_MS = 10;

/** One webhook and ten webhooks, with the same number of deliveries. */
export function shapesOf({ quick }: { quick: boolean }): Shape[] {
  const factor = quick ? 10 : 1;
  return [
    { userId: CALLER, events: 20_000 / factor, webhooks: 1 },
    { userId: 'uid_ten', events: 2_000 / factor, webhooks: 10 },
  ];
}

/** The same shapes with fewer events, for the warm-up. */
export function smaller(shapes: readonly Shape[]): Shape[] {
  return shapes.map((shape) => ({ ...shape, events: Math.ceil(shape.events / 4) }));
}

export function deliveriesOf(shapes: readonly Shape[]): number {
  return shapes.reduce((sum, { events, webhooks, waiting = 0 }) => sum + events * webhooks - waiting, 0);
}

export function titleOf({ events, webhooks }: Shape): string {
  return `${events.toLocaleString('en-US')} events × ${webhooks} webhook${webhooks === 1 ? '' : 's'}`;
}

/** The webhooks of the shapes' users. */
export function webhooksOf(shapes: readonly Shape[], receiverUrl: string): BenchWebhook[] {
  return shapes.flatMap(({ userId, webhooks }) =>
    Array.from({ length: webhooks }, (_, index) => ({ userId, url: `${receiverUrl}/${userId}/${index}` })),
  );
}

/**
 * Runs one shape after the other and returns the deliveries per second of each.
 *
 * @param servers the servers, which get the batches in turn, as from a load balancer
 */
export async function dispatchAll(
  run: BenchRun,
  servers: readonly [BenchServer, ...BenchServer[]],
  shapes: readonly Shape[],
): Promise<number[]> {
  const rates: number[] = [];
  for (const shape of shapes) rates.push(await dispatchOnce(run, servers, shape));
  return rates;
}

/** The time runs from the start of the first request that publishes events to the record of the last attempt. */
async function dispatchOnce(
  { stage }: BenchRun,
  servers: readonly [BenchServer, ...BenchServer[]],
  shape: Shape,
): Promise<number> {
  const count = deliveriesOf([shape]);
  const settled = (await settledBy(servers)) + count;
  const batches = batchesOf(shape.events, shape.userId, shape.extractions).map((body, index) => {
    const { client } = servers[index % servers.length] ?? servers[0];
    return { body, client };
  });
  await stage.receiver.reset({ count, path: `/${shape.userId}/` });
  const received = stage.receiver.reached();
  const begin = now();
  await Promise.all([
    received,
    atOnce(BATCHES_AT_ONCE, batches, ({ body, client }) => client.post('/v1/events/batch', body)),
  ]);
  // Each query costs the server time, so the queries start after the receiver has all requests.
  while ((await settledBy(servers)) < settled) await delay(POLL_MS);
  return (count / (now() - begin)) * 1_000;
}

/** The number of attempts that the servers have recorded since their start. */
function settledBy(servers: readonly BenchServer[]): Promise<number> {
  return sumOver(servers, (server) => server.settled());
}

export async function sumOver(
  servers: readonly BenchServer[],
  of: (server: BenchServer) => Promise<number>,
): Promise<number> {
  const values = await Promise.all(servers.map((server) => of(server)));
  return values.reduce((sum, value) => sum + value, 0);
}
