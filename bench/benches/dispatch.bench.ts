import { inRounds, type Bench, type BenchRun } from '../bench.js';
import { now } from '../support/clock.js';
import { databaseKind, type BenchDatabase, type BenchWebhook } from '../support/database.js';
import { atOnce, batchesOf } from '../support/events.js';
import { CALLER, type BenchServer } from '../support/server.js';
import { LIMIT_REQUESTS } from './limit.bench.js';

/** So many events, each for all webhooks of its user. */
export interface Shape {
  userId: string;
  events: number;
  webhooks: number;
}

/** What share of the bare loop's speed is asked for. */
const ASKED = { server: 0.5, embedded: 0.2 };
/** Batches of events under way at once. */
const BATCHES_AT_ONCE = 2;

/** Deliveries a second of the whole application, as a share of what a bare loop sends. */
export const dispatch: Bench = {
  name: 'dispatch',
  async run(run) {
    const { stage, options } = run;
    const shapes = shapesOf(options);
    const database = await stage.database(webhooksOf(shapes, stage.receiver.url));
    const server = await stage.server(database);
    const round = async () => ({
      limit: await stage.bareLoop.throughput(options.quick ? LIMIT_REQUESTS / 10 : LIMIT_REQUESTS),
      rates: await dispatchAll(run, server, shapes),
    });
    const rounds = await inRounds(run, round, round);
    await server.stop();
    await requireAllSucceeded(database);
    return shapes.map((shape, index) => ({
      bench: 'dispatch',
      what: titleOf(shape),
      unit: '/s',
      values: rounds.map(({ rates }) => rates[index] ?? Number.NaN),
      reference: { what: 'limit', values: rounds.map((each) => each.limit) },
      asked: [{ of: 'ratio', is: 'at least', bound: ASKED[databaseKind()] }],
    }));
  },
};

/** Few webhooks and many: both make the same number of deliveries. */
export function shapesOf({ quick }: { quick: boolean }): Shape[] {
  const factor = quick ? 10 : 1;
  return [
    { userId: CALLER, events: 20_000 / factor, webhooks: 1 },
    { userId: 'uid_ten', events: 2_000 / factor, webhooks: 10 },
  ];
}

export function titleOf({ events, webhooks }: Shape): string {
  return `${events.toLocaleString('en-US')} events × ${webhooks} webhook${webhooks === 1 ? '' : 's'}`;
}

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
  const count = shape.events * shape.webhooks;
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

/** @throws Error when a delivery is not recorded as received: the figures would be of something else */
async function requireAllSucceeded(database: BenchDatabase): Promise<void> {
  const [{ left } = { left: Number.NaN }] = await database.prepare((session) =>
    session.query<{ left: number }>(`SELECT count(*)::int AS left FROM deliveries WHERE state <> 'succeeded'`),
  );
  if (left !== 0) throw new Error(`${left} deliveries have not succeeded`);
}
