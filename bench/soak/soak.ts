import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../report/statistics.js';
import { now } from '../support/clock.js';
import type { BenchDatabase } from '../support/database.js';
import { eventOf } from '../support/events.js';
import type { BenchReceiver } from '../support/receiver.js';
import { Ledger } from './ledger.js';
import type { SoakOptions } from './options.js';
import type { Subject } from './subject.js';
import type { Facts, Sample, Windows } from './verdict.js';

/** The users with a healthy receiver. They get the events in turn. */
export const USERS = Array.from({ length: 10 }, (_, index) => `uid_${index}`);
/** The user whose receiver never answers. */
export const HOSTILE = 'uid_hostile';
/** Events per second for the hostile receiver: more than its ten slots can take, as each attempt takes the deadline. */
const HOSTILE_RATE = 2;
/** A run has at most this many samples. */
const MOST_SAMPLES = 900;
const LEAST_SAMPLE_MS = 1_000;
/** The wait for the last events: longer than a lease, which begins before a restart. */
const DRAIN_MS = 60_000;
const DRAIN_POLL_MS = 250;

/** On a slow machine, restarts may prolong the load by this time. */
const MOST_DELAY_MS = 600_000;

/** A planned restart. */
export interface Disturbance {
  name: string;
  work: () => Promise<unknown>;
}

interface SoakParts {
  subject: Subject;
  database: BenchDatabase;
  receiver: BenchReceiver;
  /** The restarts of the service and of the database, in this order. */
  disturbances: readonly [Disturbance, Disturbance];
  tell: (line: string) => void;
}

export interface SoakResult {
  samples: Sample[];
  facts: Facts;
  windows: Windows;
  /** The start of each disturbance, in seconds. */
  marks: { at: number; label: string }[];
}

/**
 * Runs the load, its disturbances and the samples, and waits for the last events. The service restarts after a third of the
 * duration, and the database after two thirds. At least a sixth of the duration is undisturbed before and after the second
 * restart: a slow restart prolongs the load.
 */
export async function soak(options: SoakOptions, parts: SoakParts): Promise<SoakResult> {
  const { subject, receiver, tell } = parts;
  const durationMs = options.minutes * 60_000;
  const windowMs = durationMs / 6;
  const ledger = new Ledger(Math.ceil((options.rate * (durationMs + MOST_DELAY_MS)) / 1_000));
  const refused = { inRestarts: 0, otherwise: 0 };
  await receiver.reset();
  const begin = now();
  let end = begin + durationMs + MOST_DELAY_MS;
  const sampler = new Sampler(parts, ledger, begin);
  const marks: SoakResult['marks'] = [];
  const publish = (userId: string, id: string): Promise<boolean> => {
    const wasDisturbed = subject.isDisturbed;
    return subject.publish(JSON.stringify(eventOf(userId, id))).then(
      () => true,
      () => {
        if (wasDisturbed || subject.isDisturbed) refused.inRestarts += 1;
        else refused.otherwise += 1;
        return false;
      },
    );
  };
  const healthy = atRate(
    options.rate,
    begin,
    () => end,
    async (index, intended) => {
      ledger.begin(index, intended);
      if (await publish(USERS[index % USERS.length] ?? '', ledger.idOf(index))) ledger.accept(index);
    },
  );
  const hostile = atRate(
    HOSTILE_RATE,
    begin,
    () => end,
    async (index) => {
      await publish(HOSTILE, `hostile-${index}`);
    },
  );
  const disturb = async ({ name, work }: Disturbance, at: number): Promise<void> => {
    await delay(Math.max(0, at - now()));
    marks.push({ at: (now() - begin) / 1_000, label: name });
    tell(`${name} …`);
    tell(`${name}: ${Math.round(await subject.disturb(work))} ms`);
  };
  const disturbing = (async () => {
    const [first, second] = parts.disturbances;
    await disturb(first, begin + durationMs / 3);
    await disturb(second, Math.max(begin + (2 * durationMs) / 3, subject.disturbedUntil + windowMs));
    end = Math.max(begin + durationMs, subject.disturbedUntil + windowMs);
  })();
  const sampling = sampler.runUntil(() => end, Math.max(LEAST_SAMPLE_MS, durationMs / MOST_SAMPLES));
  await Promise.all([healthy, hostile, disturbing, sampling]);
  tell('waiting for the last events');
  await sampler.takeArrivals();
  for (const last = now() + DRAIN_MS; ledger.missing > 0 && now() < last; await delay(DRAIN_POLL_MS)) {
    await sampler.takeArrivals();
  }
  await sampler.takeArrivals();
  const endOfWindow = (at: number): [number, number] => [at - windowMs / 1_000, at];
  const windows: Windows = {
    reference: endOfWindow(marks[1]?.at ?? Number.NaN),
    final: endOfWindow((end - begin) / 1_000),
  };
  const facts: Facts = {
    accepted: ledger.accepted,
    missing: ledger.missing,
    repeated: ledger.repeated,
    refusedInRestarts: refused.inRestarts,
    refusedOtherwise: refused.otherwise,
    faults: subject.faults,
  };
  return { samples: sampler.samples, facts, windows, marks };
}

/** Calls `send` at a fixed rate until the end, whether or not earlier calls have ended, and waits for all of them. */
async function atRate(
  rate: number,
  begin: number,
  end: () => number,
  send: (index: number, intended: number) => Promise<void>,
): Promise<void> {
  const underway = new Set<Promise<void>>();
  for (let index = 0; begin + (index * 1_000) / rate < end(); index += 1) {
    const intended = begin + (index * 1_000) / rate;
    for (let left = intended - now(); left > 0; left = intended - now()) await delay(left);
    const sending: Promise<void> = send(index, intended).finally(() => underway.delete(sending));
    underway.add(sending);
  }
  await Promise.all(underway);
}

/** Takes the samples of a run. */
class Sampler {
  readonly samples: Sample[] = [];
  private before: number;

  constructor(
    private readonly parts: SoakParts,
    private readonly ledger: Ledger,
    private readonly begin: number,
  ) {
    this.before = begin;
  }

  async runUntil(end: () => number, everyMs: number): Promise<void> {
    for (let next = this.begin + everyMs; next <= end(); next = Math.max(next + everyMs, now())) {
      await delay(Math.max(0, next - now()));
      this.samples.push(await this.sample());
    }
  }

  /** @returns the delivery lags of the events that arrived since the last call */
  async takeArrivals(): Promise<number[]> {
    const lags: number[] = [];
    for (const { extractionId, at } of await this.parts.receiver.take()) {
      const lag = this.ledger.arrive(extractionId, at);
      if (lag !== undefined) lags.push(lag);
    }
    return lags;
  }

  private async sample(): Promise<Sample> {
    const lags = await this.takeArrivals();
    const at = now();
    const arrived = (lags.length / (at - this.before)) * 1_000;
    this.before = at;
    return {
      at: (at - this.begin) / 1_000,
      arrived,
      lagP50: percentile(lags, 0.5),
      lagP99: percentile(lags, 0.99),
      ...(await this.parts.subject.resources()),
      ...(await this.tuples()),
    };
  }

  /** Of all tables, by the server's statistics; NaN while the server is away. */
  private async tuples(): Promise<Pick<Sample, 'deadTuples' | 'liveTuples'>> {
    const rows = await this.parts.database
      .query<Pick<Sample, 'deadTuples' | 'liveTuples'>>(
        `SELECT sum(n_dead_tup)::float8 AS "deadTuples", sum(n_live_tup)::float8 AS "liveTuples" FROM pg_stat_user_tables`,
      )
      .catch(() => []);
    return rows[0] ?? { deadTuples: Number.NaN, liveTuples: Number.NaN };
  }
}
