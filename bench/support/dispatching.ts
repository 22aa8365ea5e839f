import type { BenchRun } from '../bench.js';
import { now } from './clock.js';
import type { BenchWebhook } from './database.js';
import { atOnce, batchesOf } from './events.js';
import { CALLER, type BenchServer } from './server.js';

/** So many events, each for all webhooks of its user. */
export interface Shape {
  userId: string;
  events: number;
  webhooks: number;
}

/** Batches of events under way at once. */
const BATCHES_AT_ONCE = 2;

/** Few webhooks and many: both make the same number of deliveries. */
export function shapesOf({ quick }: { quick: boolean }): Shape[] {
  const factor = quick ? 10 : 1;
  return [
    { userId: CALLER, events: 20_000 / factor, webhooks: 1 },
    { userId: 'uid_ten', events: 2_000 / factor, webhooks: 10 },
  ];
}

/** The same with fewer events, for warming up. */
export function smaller(shapes: readonly Shape[]): Shape[] {
  return shapes.map((shape) => ({ ...shape, events: Math.ceil(shape.events / 4) }));
}

export function deliveriesOf(shapes: readonly Shape[]): number {
  return shapes.reduce((sum, { events, webhooks }) => sum + events * webhooks, 0);
}

export function titleOf({ events, webhooks }: Shape): string {
  return `${events.toLocaleString('en-US')} events × ${webhooks} webhook${webhooks === 1 ? '' : 's'}`;
}

/** The webhooks that the shapes' users have. */
export function webhooksOf(shapes: readonly Shape[], receiverUrl: string): BenchWebhook[] {
  return shapes.flatMap(({ userId, webhooks }) =>
    Array.from({ length: webhooks }, (_, index) => ({ userId, url: `${receiverUrl}/${userId}/${index}` })),
  );
}

/** Deliveries a second of each shape, one after the other. */
export async function dispatchAll(run: BenchRun, server: BenchServer, shapes: readonly Shape[]): Promise<number[]> {
  const rates: number[] = [];
  for (const shape of shapes) rates.push(await dispatchOnce(run, server, shape));
  return rates;
}

/** From the begin of the first request that brings events, to the record of the last attempt. */
async function dispatchOnce({ stage }: BenchRun, server: BenchServer, shape: Shape): Promise<number> {
  const count = deliveriesOf([shape]);
  const settled = (await server.settled()) + count;
  const bodies = batchesOf(shape.events, shape.userId);
  await stage.receiver.reset({ count, path: '/' });
  const received = stage.receiver.reached();
  const begin = now();
  await Promise.all([
    received,
    atOnce(BATCHES_AT_ONCE, bodies, (body) => server.client.post('/v1/events/batch', body)),
  ]);
  await server.untilSettled(settled);
  return (count / (now() - begin)) * 1_000;
}
