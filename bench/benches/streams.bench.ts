import { setTimeout as delay } from 'node:timers/promises';
import { EventStreamClient } from '../../test/support/event-stream.js';
import { inRounds, type Bench } from '../bench.js';
import type { Figure } from '../report/figure.js';
import { now } from '../support/clock.js';
import { atOnce, eventOf } from '../support/events.js';
import { CALLER, type BenchServer } from '../support/server.js';

const USERS = 100;
const STREAMS_OF_USER = 5;
const STREAMS = USERS * STREAMS_OF_USER;
const PRODUCERS = 64;
/** The time in which the process comes to rest after streams were opened, in milliseconds. */
const REST_MS = 3_000;

/** Accepted events per second, and the processor time of the service per event in microseconds. */
interface Speed {
  rate: number;
  cpu: number;
}

interface Round {
  without: Speed;
  /** With open streams of other users than that of the events. */
  quiet: Speed;
  /** With events for a user with open streams. */
  streamed: Speed;
}

/** The cost of open event streams for publishing, and their memory. No webhook gets the events. */
export const streams: Bench = {
  name: 'streams',
  async run(run) {
    const { stage, options } = run;
    const server = await stage.server(await stage.database());
    const users = Array.from({ length: USERS }, (_, number) => `uid_stream_${number}`);
    const keys: string[] = [];
    for (const userId of users) keys.push(await keyOf(server, userId));
    const count = 20_000 / (options.quick ? 10 : 1);
    const bodiesOf = (userId: string): string[] =>
      Array.from({ length: count }, (_, index) => JSON.stringify(eventOf(userId, `extract-${index}`)));
    const [others, streamed] = [bodiesOf(CALLER), bodiesOf(users[0] ?? '')];
    // A fresh process: the memory of a busy one has room for the streams.
    await delay(REST_MS);
    const before = await server.memory();
    const only = await opened(server, keys);
    await delay(REST_MS);
    const memory = (((await server.memory()) - before) * 1_024) / STREAMS;
    await closed(only);
    const round = async (): Promise<Round> => {
      const without = await speedOf(server, others);
      const open = await opened(server, keys);
      await delay(REST_MS);
      const quiet = await speedOf(server, others);
      const first = open[0]?.[0];
      const got = first?.events.length ?? 0;
      const speed = await speedOf(server, streamed);
      await first?.received(got + count, 60_000);
      await closed(open);
      return { without, quiet, streamed: speed };
    };
    const rounds = await inRounds(run, round, () => speedOf(server, others));
    const reference = { what: 'without streams', values: rounds.map(({ without }) => without.rate) };
    const cpuReference = { what: 'without streams', values: rounds.map(({ without }) => without.cpu) };
    return [
      {
        bench: 'streams',
        what: `single events, ${STREAMS} open streams of other users`,
        unit: '/s',
        values: rounds.map(({ quiet }) => quiet.rate),
        reference,
        asked: [{ of: 'ratio', is: 'at least', bound: 0.95 }],
      },
      {
        bench: 'streams',
        what: `single events for a user with ${STREAMS_OF_USER} of ${STREAMS} streams`,
        unit: '/s',
        values: rounds.map((each) => each.streamed.rate),
        reference,
      },
      {
        bench: 'streams',
        what: 'processor time of the service per event, streams of other users',
        unit: 'µs',
        values: rounds.map(({ quiet }) => quiet.cpu),
        reference: cpuReference,
      },
      {
        bench: 'streams',
        what: `processor time of the service per event, for a user with ${STREAMS_OF_USER} streams`,
        unit: 'µs',
        values: rounds.map((each) => each.streamed.cpu),
        reference: cpuReference,
      },
      {
        bench: 'streams',
        what: `memory of an open stream, ${STREAMS} streams of a fresh process`,
        unit: 'KiB',
        values: [memory],
        asked: [{ of: 'value', is: 'at most', bound: 40 }],
      },
    ] satisfies Figure[];
  },
};

async function keyOf({ client }: BenchServer, userId: string): Promise<string> {
  const text = await client.send({
    method: 'POST',
    path: '/v1/api-keys',
    headers: { ...client.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'streams', expiresIn: '30d', userId, scopes: ['webhooks'] }),
  });
  return (JSON.parse(text) as { data: { key: string } }).data.key;
}

/** Opens all streams, those of one user after the other. */
async function opened({ url }: BenchServer, keys: readonly string[]): Promise<EventStreamClient[][]> {
  const open: EventStreamClient[][] = [];
  for (const key of keys) {
    const clients = Array.from({ length: STREAMS_OF_USER }, () => EventStreamClient.open({ url, key }));
    open.push(await Promise.all(clients));
  }
  return open;
}

async function closed(open: readonly EventStreamClient[][]): Promise<void> {
  for (const client of open.flat()) client.close();
  await delay(REST_MS);
}

/** Posts each body once. */
async function speedOf(server: BenchServer, bodies: readonly string[]): Promise<Speed> {
  const [begin, cpu] = [now(), await server.cpuSeconds()];
  await atOnce(PRODUCERS, bodies, (body) => server.client.post('/v1/events', body));
  return {
    rate: (bodies.length / (now() - begin)) * 1_000,
    cpu: (((await server.cpuSeconds()) - cpu) * 1e6) / bodies.length,
  };
}
