import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../report/statistics.js';
import { now } from '../support/clock.js';
import { atOnce } from '../support/events.js';
import { openLoop, type SendTimes } from '../support/open-loop.js';
import { NOTE, type BenchReceiver } from '../support/receiver.js';
import type { Contestant } from './contestant.js';

/** The number of connections that publish at the same time. */
const CONNECTIONS = 64;
/** After the last arrival, a server may still record attempts. Its processor time counts for this long. */
const RECORDING_MS = 1_000;
const POLL_MS = 100;

export interface Throughput {
  /** Events per second, until the last response. */
  accepted: number;
  /** Events per second, until the last one has arrived. */
  delivered: number;
  /** Processor time per event in microseconds; NaN without processes of stores. */
  serverTime: number;
  storesTime: number;
  /** Memory after the last event in MB. */
  serverMemory: number;
  storesMemory: number;
}

/** Milliseconds from the intended time of publishing to the arrival. */
export interface Latency {
  p50: number;
  p99: number;
}

export interface BesideHanging extends Latency {
  /** Events that arrived within the patience. */
  arrived: number;
}

let phases = 0;

/** Ids that no other phase of the run has: a late repetition of an earlier event does not count. */
function nextIds(): { prefix: string; id: (index: number) => string } {
  phases += 1;
  const prefix = `extract-${phases}-`;
  return { prefix, id: (index) => `${prefix}${index}` };
}

/** Publishes events as fast as the server accepts them, one event per request. */
export async function throughputOf(
  contestant: Contestant,
  receiver: BenchReceiver,
  events: number,
): Promise<Throughput> {
  const { server, stores } = contestant;
  const { prefix, id } = nextIds();
  const ids = Array.from({ length: events }, (_, index) => id(index));
  await receiver.reset({ count: events, path: NOTE, ids: prefix });
  const reached = receiver.reached();
  // A failure of a request ends the measurement first. The wait for arrivals then fails for itself.
  reached.catch(() => undefined);
  const before = { server: await server.times(), stores: await stores?.times() };
  const begin = now();
  await atOnce(CONNECTIONS, ids, contestant.publish);
  const acceptedMs = now() - begin;
  await reached;
  const deliveredMs = now() - begin;
  await delay(RECORDING_MS);
  const perEvent = 1e6 / events;
  return {
    accepted: (events / acceptedMs) * 1_000,
    delivered: (events / deliveredMs) * 1_000,
    serverTime: (await server.secondsSince(before.server)) * perEvent,
    storesTime: stores && before.stores ? (await stores.secondsSince(before.stores)) * perEvent : Number.NaN,
    serverMemory: await server.memory(),
    storesMemory: stores ? await stores.memory() : Number.NaN,
  };
}

/** @param load.rate events per second */
export async function latencyOf(
  contestant: Contestant,
  receiver: BenchReceiver,
  load: { rate: number; count: number },
): Promise<Latency> {
  const { prefix, id } = nextIds();
  await receiver.reset({ count: load.count, path: NOTE, ids: prefix });
  const reached = receiver.reached();
  reached.catch(() => undefined);
  const times = await openLoop(load, (index) => contestant.publish(id(index)));
  await reached;
  return percentilesOf(await latencies(receiver, times, id));
}

/**
 * Publishes events for the endpoint that hangs, all at once, and then events for the healthy one at a fixed rate.
 *
 * @param size.patienceMs the wait after the last healthy event
 */
export async function besideHanging(
  contestant: Contestant,
  receiver: BenchReceiver,
  size: { hanging: number; rate: number; count: number; patienceMs: number },
): Promise<BesideHanging> {
  const stuck = nextIds();
  await atOnce(
    CONNECTIONS,
    Array.from({ length: size.hanging }, (_, index) => stuck.id(index)),
    contestant.publishToHanging,
  );
  const { prefix, id } = nextIds();
  await receiver.reset({ count: size.count, path: NOTE, ids: prefix });
  const times = await openLoop(size, (index) => contestant.publish(id(index)));
  const end = now() + size.patienceMs;
  while (now() < end && (await receiver.towardsGoal()) < size.count) await delay(POLL_MS);
  const arrived = await latencies(receiver, times, id);
  return { arrived: arrived.length, ...percentilesOf(arrived) };
}

function percentilesOf(values: readonly number[]): Latency {
  return { p50: percentile(values, 0.5), p99: percentile(values, 0.99) };
}

/** The latencies of the events that have arrived. */
async function latencies(
  receiver: BenchReceiver,
  times: readonly SendTimes[],
  id: (index: number) => string,
): Promise<number[]> {
  const first = new Map<string, number>();
  for (const { extractionId, at } of await receiver.arrivals()) {
    if (!first.has(extractionId)) first.set(extractionId, at);
  }
  return times.flatMap(({ intended }, index) => {
    const at = first.get(id(index));
    return at === undefined ? [] : [at - intended];
  });
}
