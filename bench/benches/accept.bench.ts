import { inRounds, type Bench } from '../bench.js';
import { now } from '../support/clock.js';
import { atOnce, BATCH_SIZE, batchesOf, eventOf } from '../support/events.js';
import type { HttpClient } from '../support/http-client.js';
import { CALLER } from '../support/server.js';
import { limitRequests } from './limit.bench.js';

/** How many producers post one event after the other. */
const PRODUCERS = 64;
/** How many post batches. */
const BATCH_PRODUCERS = 4;

/**
 * Events a second that are accepted, which means committed with a delivery each. Their webhook is paused, so that
 * nothing is sent meanwhile.
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
    const singles = Array.from({ length: 10_000 / factor }, (_, index) =>
      JSON.stringify(eventOf(CALLER, `extract-${index}`)),
    );
    const batches = batchesOf(50_000 / factor, CALLER);
    const cpuSeconds = async () => [await server.cpuSeconds(), await database.sessionCpuSeconds()] as const;
    const round = async () => {
      const limit = await stage.bareLoop.throughput(limitRequests(options));
      const emptyRate = await rateOf(empty.client, '/v1/events', singles, PRODUCERS);
      const before = await cpuSeconds();
      const single = await rateOf(server.client, '/v1/events', singles, PRODUCERS);
      const after = await cpuSeconds();
      const batch = (await rateOf(server.client, '/v1/events/batch', batches, BATCH_PRODUCERS)) * BATCH_SIZE;
      const perEvent = 1e6 / singles.length;
      return {
        limit,
        empty: emptyRate,
        single,
        batch,
        service: (after[0] - before[0]) * perEvent,
        sessions: (after[1] - before[1]) * perEvent,
      };
    };
    const rounds = await inRounds(run, round, round);
    return [
      {
        bench: 'accept',
        what: `single events, ${PRODUCERS} producers`,
        unit: '/s',
        values: rounds.map((each) => each.single),
        reference: { what: 'empty 202', values: rounds.map((each) => each.empty) },
        asked: [{ of: 'ratio', is: 'at least', bound: 0.25 }],
      },
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
        what: 'processor time a single event, the service',
        unit: 'µs',
        values: rounds.map((each) => each.service),
      },
      ...(database.kind === 'server'
        ? [
            {
              bench: 'accept',
              what: "processor time a single event, PostgreSQL's sessions",
              unit: 'µs' as const,
              values: rounds.map((each) => each.sessions),
            },
          ]
        : []),
    ];
  },
};

/** Requests a second, each body posted once. */
async function rateOf(client: HttpClient, path: string, bodies: readonly string[], producers: number): Promise<number> {
  const begin = now();
  await atOnce(producers, bodies, (body) => client.post(path, body));
  return (bodies.length / (now() - begin)) * 1_000;
}
