import { inRounds, type Bench, type BenchRun } from '../bench.js';
import type { Figure } from '../report/figure.js';
import { databaseKind, type BenchDatabase } from '../support/database.js';
import {
  deliveriesOf,
  dispatchAll,
  shapesOf,
  sumOver,
  titleOf,
  webhooksOf,
  type Shape,
} from '../support/dispatching.js';
import type { BenchServer } from '../support/server.js';
import { limitRequests } from './limit.bench.js';

/** The goal, as a share of the bare loop's speed. */
const ASKED = { server: 0.5, embedded: 0.2 };

/** Numbers of processes of the application. The embedded database serves one process only. */
const PROCESSES = { server: [1, 2], embedded: [1] };

interface Round {
  /** Requests per second of the bare loop. */
  limit: number;
  /** Deliveries per second of each shape. */
  rates: number[];
  /** Processor time per delivery in microseconds, of the service and of PostgreSQL's sessions. */
  service: number;
  sessions: number;
}

/** Deliveries per second of the whole application, compared with the bare loop, and the processor time of each. */
export const dispatch: Bench = {
  name: 'dispatch',
  async run(run) {
    const figures: Figure[] = [];
    for (const processes of PROCESSES[databaseKind()]) figures.push(...(await dispatchBy(processes, run)));
    return figures;
  },
};

/** @param processes the number of processes that share the database; they get the events in turn */
async function dispatchBy(processes: number, run: BenchRun): Promise<Figure[]> {
  const { stage, options } = run;
  const shapes = shapesOf(options);
  const database = await stage.database(webhooksOf(shapes, stage.receiver.url));
  const servers: [BenchServer, ...BenchServer[]] = [await stage.server(database)];
  while (servers.length < processes) servers.push(await stage.server(database));
  const round = (): Promise<Round> => roundOf(run, servers, database, shapes);
  const rounds = await inRounds(run, round, round);
  for (const server of servers) await server.stop();
  await requireAllSucceeded(database);
  const by = processes === 1 ? '1 process' : `${processes} processes`;
  return [
    ...shapes.map((shape, index): Figure => ({
      bench: 'dispatch',
      what: `${titleOf(shape)}, ${by}`,
      unit: '/s',
      values: rounds.map(({ rates }) => rates[index] ?? Number.NaN),
      reference: { what: 'limit', values: rounds.map(({ limit }) => limit) },
      asked: [{ of: 'ratio', is: 'at least', bound: ASKED[database.kind] }],
    })),
    cpuFigure('service', rounds, by),
    ...(database.kind === 'server' ? [cpuFigure('sessions', rounds, by)] : []),
  ];
}

async function roundOf(
  run: BenchRun,
  servers: [BenchServer, ...BenchServer[]],
  database: BenchDatabase,
  shapes: Shape[],
): Promise<Round> {
  const limit = await run.stage.bareLoop.throughput(limitRequests(run.options));
  const serviceSeconds = () => sumOver(servers, (server) => server.cpuSeconds());
  const [serviceBefore, sessionsBefore] = [await serviceSeconds(), await database.sessionCpuSeconds()];
  const rates = await dispatchAll(run, servers, shapes);
  const [service, sessions] = [await serviceSeconds(), await database.sessionCpuSecondsSince(sessionsBefore)];
  const perDelivery = 1e6 / deliveriesOf(shapes);
  return {
    limit,
    rates,
    service: (service - serviceBefore) * perDelivery,
    sessions: sessions * perDelivery,
  };
}

function cpuFigure(whose: 'service' | 'sessions', rounds: readonly Round[], by: string): Figure {
  return {
    bench: 'dispatch',
    what: `processor time per delivery, ${by}, ${whose === 'service' ? 'the service' : "PostgreSQL's sessions"}`,
    unit: 'µs',
    values: rounds.map((round) => round[whose]),
  };
}

/** @throws Error when a delivery has not succeeded, because the figures would then be wrong */
async function requireAllSucceeded(database: BenchDatabase): Promise<void> {
  const [{ left } = { left: Number.NaN }] = await database.prepare((session) =>
    session.query<{ left: number }>(`SELECT count(*)::int AS left FROM deliveries WHERE state <> 'succeeded'`),
  );
  if (left !== 0) throw new Error(`${left} deliveries have not succeeded`);
}
