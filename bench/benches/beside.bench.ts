import { inRounds, type Bench, type BenchRun } from '../bench.js';
import { connectPeers, ourselves, type Contestant } from '../beside/contestant.js';
import {
  besideHanging,
  latencyOf,
  throughputOf,
  type BesideHanging,
  type Latency,
  type Throughput,
} from '../beside/measure.js';
import type { Figure } from '../report/figure.js';

/** Events per second of the two latencies. */
const RATES = [50, 200];

interface Sizes {
  /** Events of one measurement of the throughput. */
  events: number;
  /** Seconds of one latency. */
  seconds: number;
  /** Events for the endpoint that hangs. */
  hanging: number;
  /** Events for the healthy endpoint next to it. */
  healthy: number;
  patienceMs: number;
}

const FULL: Sizes = { events: 5_000, seconds: 10, hanging: 2_000, healthy: 500, patienceMs: 60_000 };
const QUICK: Sizes = { events: 300, seconds: 1, hanging: 100, healthy: 50, patienceMs: 5_000 };

interface Round {
  throughput: Throughput;
  /** One for each of {@link RATES}. */
  latencies: Latency[];
}

/** The results of one contestant so far. */
interface Results {
  contestant: Contestant;
  rounds: Round[];
  hanging?: BesideHanging;
}

/**
 * Other webhook servers next to this one, with the same events, receiver and load. A contestant that fails is left out. The
 * endpoints hang after the last round only, because their retries would disturb the other measurements.
 */
export const beside: Bench = {
  name: 'beside',
  async run(run) {
    const { stage, options, peers } = run;
    if (!peers) throw new Error('The file with the other servers is missing.');
    const sizes = options.quick ? QUICK : FULL;
    const others = await connectPeers(stage, peers);
    let results = [await ourselves(stage, peers), ...others].map((contestant): Results => ({ contestant, rounds: [] }));
    const each = async (measure: (result: Results) => Promise<unknown>): Promise<void> => {
      results = await withoutFailed(run, results, measure);
    };
    const warmUp = (): Promise<void> =>
      each(({ contestant }) => throughputOf(contestant, stage.receiver, Math.ceil(sizes.events / 4)));
    const round = (): Promise<void> =>
      each(async ({ contestant, rounds }) => rounds.push(await roundOf(run, contestant, sizes)));
    await inRounds(run, round, warmUp);
    const { hanging, healthy: count, patienceMs } = sizes;
    await each(async (result) => {
      run.tell(`${result.contestant.name}: ${hanging} events for a receiver that hangs`);
      const size = { hanging, rate: RATES[0] ?? count, count, patienceMs };
      result.hanging = await besideHanging(result.contestant, stage.receiver, size);
    });
    return figuresOf(results, sizes);
  },
};

async function withoutFailed(
  { fail }: BenchRun,
  results: readonly Results[],
  measure: (result: Results) => Promise<unknown>,
): Promise<Results[]> {
  const working: Results[] = [];
  for (const result of results) {
    try {
      await measure(result);
      working.push(result);
    } catch (error) {
      fail(new Error(`${result.contestant.name} is left out: ${(error as Error).message}`, { cause: error }));
    }
  }
  return working;
}

async function roundOf({ stage: { receiver } }: BenchRun, contestant: Contestant, sizes: Sizes): Promise<Round> {
  const throughput = await throughputOf(contestant, receiver, sizes.events);
  const latencies: Latency[] = [];
  for (const rate of RATES) {
    latencies.push(await latencyOf(contestant, receiver, { rate, count: rate * sizes.seconds }));
  }
  return { throughput, latencies };
}

/** The figures, ordered by measurement and then by contestant. */
function figuresOf(results: readonly Results[], { healthy, hanging }: Sizes): Figure[] {
  const table = (what: string, unit: string, valuesOf: (result: Results) => number[]): Figure[] =>
    results.map((result) => ({
      bench: 'beside',
      what: `${what}: ${result.contestant.name}`,
      unit,
      values: valuesOf(result),
    }));
  const ofRounds = (what: string, unit: string, valueOf: (throughput: Throughput) => number): Figure[] =>
    table(what, unit, ({ rounds }) => rounds.map(({ throughput }) => valueOf(throughput)));
  const ofRate = (rate: number, index: number, name: keyof Latency): Figure[] =>
    table(`publish → arrival at ${rate}/s, ${name}`, 'ms', ({ rounds }) =>
      rounds.map(({ latencies }) => latencies[index]?.[name] ?? Number.NaN),
    );
  const next = `next to ${hanging.toLocaleString('en-US')} events for a receiver that hangs`;
  return [
    ...ofRounds('delivered', '/s', ({ delivered }) => delivered),
    ...ofRounds('accepted', '/s', ({ accepted }) => accepted),
    ...ofRounds('processor time per event, server', 'µs', ({ serverTime }) => serverTime),
    ...ofRounds('processor time per event, stores', 'µs', ({ storesTime }) => storesTime),
    ...ofRounds('memory, server', 'MB', ({ serverMemory }) => serverMemory),
    ...ofRounds('memory, stores', 'MB', ({ storesMemory }) => storesMemory),
    ...RATES.flatMap((rate, index) => [...ofRate(rate, index, 'p50'), ...ofRate(rate, index, 'p99')]),
    ...table(`arrived of ${healthy}, ${next}`, '', (result) => [result.hanging?.arrived ?? Number.NaN]),
    ...table(`p50 ${next}`, 'ms', (result) => [result.hanging?.p50 ?? Number.NaN]),
    ...table(`p99 ${next}`, 'ms', (result) => [result.hanging?.p99 ?? Number.NaN]),
  ];
}
