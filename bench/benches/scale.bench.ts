import { setTimeout as delay } from 'node:timers/promises';
import { inRounds, type Bench, type BenchRun } from '../bench.js';
import type { Figure } from '../report/figure.js';
import { now } from '../support/clock.js';
import { databaseKind, onServer, type BenchDatabase } from '../support/database.js';
import { sumOver, titleOf, webhooksOf, type Shape } from '../support/dispatching.js';
import { atOnce, batchesOf } from '../support/events.js';
import { CALLER, type BenchServer } from '../support/server.js';

/** The numbers of dispatchers. */
const DISPATCHERS = [1, 2, 4];
const WEBHOOKS = 10;
/** Events of one round: each makes {@link WEBHOOKS} deliveries. */
const EVENTS = 2_000;
/** The number of concurrent requests with batches of events. */
const BATCHES_AT_ONCE = 2;
const POLL_MS = 20;
/**
 * PostgreSQL's sessions report their statements when they are idle: at the latest after ten seconds (`PGSTAT_IDLE_INTERVAL`
 * of its source). The polls of idle dispatchers meanwhile are part of the figure.
 */
const STATISTICS_MS = 11_000;

interface Round {
  /** Deliveries per second. */
  rate: number;
  /** Processor time per delivery in microseconds, by who takes it. */
  api: number;
  dispatchers: number;
  sessions: number;
  receiver: number;
  /** Bytes of write-ahead log per delivery, of the whole server. */
  walBytes: number;
}

/**
 * The cost of a delivery by who takes it, with one process for the API and 1, 2 or 4 that only send. Every delivery is claimed,
 * because the API sends nothing itself. The receiver is the cheapest possible, and its time is shown.
 */
export const scale: Bench = {
  name: 'scale',
  async run(run) {
    if (databaseKind() === 'embedded') {
      run.tell('left out: the embedded database serves one process. DATABASE_URL names a server.');
      return [];
    }
    const figures: Figure[] = [];
    for (const dispatchers of DISPATCHERS) {
      figures.push(...(await scaleTo(dispatchers, run)));
      await run.stage.clear();
    }
    return figures;
  },
};

async function scaleTo(count: number, run: BenchRun): Promise<Figure[]> {
  const { stage, options, tell } = run;
  const shape: Shape = { userId: CALLER, events: EVENTS / (options.quick ? 20 : 1), webhooks: WEBHOOKS };
  const database = await stage.database(webhooksOf([shape], stage.receiver.url));
  const api = await stage.server(database, { env: { ROLE: 'api' } });
  const dispatchers: BenchServer[] = [];
  while (dispatchers.length < count) {
    dispatchers.push(await stage.server(database, { env: { ROLE: 'dispatcher' } }));
  }
  const round = (): Promise<Round> => roundOf(run, { database, api, dispatchers, shape });
  tell(`${count} dispatchers`);
  await round();
  await delay(STATISTICS_MS);
  const before = await statements(database);
  const rounds = await inRounds(run, round);
  await delay(STATISTICS_MS);
  const perDelivery = ((await statements(database)) - before) / (rounds.length * shape.events * shape.webhooks);
  const by = `${count} dispatcher${count === 1 ? '' : 's'}`;
  const figure = (what: string, unit: string, valueOf: (round: Round) => number): Figure => ({
    bench: 'scale',
    what: `${what}, ${by}`,
    unit,
    values: rounds.map(valueOf),
  });
  return [
    figure(titleOf(shape), '/s', ({ rate }) => rate),
    figure('processor time per delivery, API', 'µs', (each) => each.api),
    figure('processor time per delivery, dispatchers', 'µs', (each) => each.dispatchers),
    figure("processor time per delivery, PostgreSQL's sessions", 'µs', ({ sessions }) => sessions),
    figure('processor time per delivery, receiver', 'µs', ({ receiver }) => receiver),
    figure('write-ahead log per delivery', 'B', ({ walBytes }) => walBytes),
    { bench: 'scale', what: `transactions per delivery, ${by}`, unit: '', values: [perDelivery] },
    figure('deliveries per second and core in use', '/s', (each) => 1e6 / costOf(each)),
  ];
}

/** Processor time of one delivery without the receiver's. */
function costOf({ api, dispatchers, sessions }: Round): number {
  return api + dispatchers + sessions;
}

async function roundOf(
  { stage: { receiver } }: BenchRun,
  {
    database,
    api,
    dispatchers,
    shape,
  }: { database: BenchDatabase; api: BenchServer; dispatchers: readonly BenchServer[]; shape: Shape },
): Promise<Round> {
  const count = shape.events * shape.webhooks;
  const batches = batchesOf(shape.events, shape.userId);
  const settledBy = (): Promise<number> => sumOver(dispatchers, (server) => server.settled());
  const secondsOf = async () => ({
    api: await api.cpuSeconds(),
    dispatchers: await sumOver(dispatchers, (server) => server.cpuSeconds()),
    receiver: await receiver.cpuSeconds(),
  });
  const settled = (await settledBy()) + count;
  await receiver.reset({ count, path: '/' });
  const received = receiver.reached();
  const wal = await walPosition();
  const [before, sessions] = [await secondsOf(), await database.sessionCpuSeconds()];
  const begin = now();
  await Promise.all([received, atOnce(BATCHES_AT_ONCE, batches, (body) => api.client.post('/v1/events/batch', body))]);
  while ((await settledBy()) < settled) await delay(POLL_MS);
  const seconds = (now() - begin) / 1_000;
  const after = await secondsOf();
  const perDelivery = 1e6 / count;
  return {
    rate: count / seconds,
    api: (after.api - before.api) * perDelivery,
    dispatchers: (after.dispatchers - before.dispatchers) * perDelivery,
    sessions: (await database.sessionCpuSecondsSince(sessions)) * perDelivery,
    receiver: (after.receiver - before.receiver) * perDelivery,
    walBytes: ((await walPosition()) - wal) / count,
  };
}

/** Bytes of write-ahead log since the server was created. */
async function walPosition(): Promise<number> {
  const [row] = await onServer<{ bytes: number }>(
    `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS bytes`,
  );
  return row?.bytes ?? Number.NaN;
}

/** Transactions of the database so far. A statement outside of a transaction block is a transaction of its own. */
async function statements({ name }: BenchDatabase): Promise<number> {
  const [row] = await onServer<{ count: number }>(
    `SELECT (xact_commit + xact_rollback)::float8 AS count FROM pg_stat_database WHERE datname = '${name}'`,
  );
  return row?.count ?? Number.NaN;
}
