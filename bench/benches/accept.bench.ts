import { inRounds, type Bench } from '../bench.js';
import type { Figure } from '../report/figure.js';
import { now } from '../support/clock.js';
import { atOnce, BATCH_SIZE, batchesOf, eventOf } from '../support/events.js';
import type { HttpClient } from '../support/http-client.js';
import { CALLER } from '../support/server.js';
import { limitRequests } from './limit.bench.js';

/**
 * The number of producers. Each posts one event after the other and waits for its commit. With few producers the service
 * waits too; with many, its limit shows.
 */
const FEW = 64;
/** The goal applies to this number. */
const MANY = 256;
const PRODUCERS = [FEW, MANY];
/** The number of producers that post batches. */
const BATCH_PRODUCERS = 4;

/** The results for single events. */
interface Singles {
  producers: number;
  /** Requests per second of the empty Fastify. */
  empty: number;
  rate: number;
  /** Processor time per event in microseconds, of the service and of PostgreSQL's sessions. */
  service: number;
  sessions: number;
}

/**
 * Accepted events per second. An event is accepted when it is committed with one delivery. The webhook is paused, so nothing
 * is sent meanwhile.
 */
export const accept: Bench = {
  name: 'accept',
  async run(run) {
    const { stage, options } = run;
    const factor = options.quick ? 10 : 1;
    const paused = { userId: CALLER, url: `${stage.receiver.url}/paused`, paused: true };
    const database = await stage.database([paused]);
    const server = await stage.server(database);
    const empty = await stage.emptyFastify();
    const singles = Array.from({ length: 20_000 / factor }, (_, index) =>
      JSON.stringify(eventOf(CALLER, `extract-${index}`)),
    );
    const batches = batchesOf(50_000 / factor, CALLER);
    const singlesOf = async (producers: number): Promise<Singles> => {
      const emptyRate = await rateOf(empty.client, '/v1/events', singles, producers);
      const [serviceBefore, sessionsBefore] = [await server.cpuSeconds(), await database.sessionCpuSeconds()];
      const rate = await rateOf(server.client, '/v1/events', singles, producers);
      const [service, sessions] = [await server.cpuSeconds(), await database.sessionCpuSecondsSince(sessionsBefore)];
      const perEvent = 1e6 / singles.length;
      return {
        producers,
        empty: emptyRate,
        rate,
        service: (service - serviceBefore) * perEvent,
        sessions: sessions * perEvent,
      };
    };
    const round = async () => {
      const limit = await stage.bareLoop.throughput(limitRequests(options));
      const single: Singles[] = [];
      for (const producers of PRODUCERS) single.push(await singlesOf(producers));
      const batch = (await rateOf(server.client, '/v1/events/batch', batches, BATCH_PRODUCERS)) * BATCH_SIZE;
      return { limit, single, batch };
    };
    const rounds = await inRounds(run, round, round);
    const single = (producers: number, of: (figures: Singles) => number): number[] =>
      rounds.flatMap((each) => each.single.filter((figures) => figures.producers === producers).map(of));
    return [
      ...PRODUCERS.map((producers): Figure => ({
        bench: 'accept',
        what: `single events, ${producers} producers`,
        unit: '/s',
        values: single(producers, ({ rate }) => rate),
        reference: { what: 'empty 202', values: single(producers, (figures) => figures.empty) },
        ...(producers === MANY ? { asked: [{ of: 'ratio', is: 'at least', bound: 0.25 }] } : {}),
      })),
      {
        bench: 'accept',
        what: `batches of ${BATCH_SIZE}, ${BATCH_PRODUCERS} producers`,
        unit: '/s',
        values: rounds.map((each) => each.batch),
        reference: { what: 'limit', values: rounds.map((each) => each.limit) },
        asked: [
          { of: 'value', is: 'at least', bound: 10_000 },
          { of: 'ratio', is: 'at least', bound: 3 },
        ],
      },
      {
        bench: 'accept',
        what: `processor time per single event, ${MANY} producers, the service`,
        unit: 'µs',
        values: single(MANY, ({ service }) => service),
      },
      ...(database.kind === 'server'
        ? [
            {
              bench: 'accept',
              what: `processor time per single event, ${MANY} producers, PostgreSQL's sessions`,
              unit: 'µs' as const,
              values: single(MANY, ({ sessions }) => sessions),
            },
          ]
        : []),
    ];
  },
};

/** Posts each body once and returns the requests per second. */
async function rateOf(client: HttpClient, path: string, bodies: readonly string[], producers: number): Promise<number> {
  const begin = now();
  await atOnce(producers, bodies, (body) => client.post(path, body));
  return (bodies.length / (now() - begin)) * 1_000;
}
