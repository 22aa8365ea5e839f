import { median } from '../report/statistics.js';
import type { SoakOptions } from './options.js';

/** Measurements at one time. A value is NaN while its process is down. */
export interface Sample {
  /** Seconds since the start of the load. */
  at: number;
  /** Resident memory of the service in MB. */
  rss: number;
  /** Open file descriptors of the service. */
  descriptors: number;
  deadTuples: number;
  liveTuples: number;
  /** Delivery lag of the events that arrived since the sample before, in milliseconds. */
  lagP50: number;
  lagP99: number;
  /** Events that arrived per second. */
  arrived: number;
}

/** Facts of the whole run. */
export interface Facts {
  accepted: number;
  /** Accepted events that did not arrive. */
  missing: number;
  repeated: number;
  /** Events that were not accepted while something was being restarted, and while nothing was. */
  refusedInRestarts: number;
  refusedOtherwise: number;
  /** Unexpected ends of the service. */
  faults: readonly string[];
}

/** One line of the summary. */
export interface Check {
  what: string;
  found: string;
  bound: string;
  /** Undefined: the run is too short to judge it. */
  holds: boolean | undefined;
}

/** From this duration on, growth between the two windows means something. In a shorter run, V8 has not found its size yet. */
const GROWTH_MINUTES = 5;
/**
 * Autovacuum's thresholds of `deliveries` (the migrations set them), and PostgreSQL's default scale factor for the other tables.
 * Two pauses of autovacuum (`autovacuum_naptime`, one minute) may add the dead tuples of two updates per event.
 */
const DEAD_THRESHOLD = 10_000;
const DEAD_SCALE = 0.2;
const NAPTIMES_SECONDS = 120;
const UPDATES_PER_EVENT = 2;

/** The windows that are compared, in seconds: before the restart of the database, and before the end of the load. */
export type Windows = Record<'reference' | 'final', readonly [begin: number, end: number]>;

/** Compares the samples and facts with the bounds. */
export function judge(samples: readonly Sample[], facts: Facts, windows: Windows, options: SoakOptions): Check[] {
  const middleOf = (window: keyof Windows, of: (sample: Sample) => number): number => {
    const [begin, end] = windows[window];
    const within = samples.filter(({ at }) => at >= begin && at <= end);
    return median(within.map(of).filter((value) => Number.isFinite(value)));
  };
  const growing = options.minutes >= GROWTH_MINUTES;
  const growth = (what: string, unit: string, of: (sample: Sample) => number, factor: number, extra: number): Check => {
    const [reference, final] = [middleOf('reference', of), middleOf('final', of)];
    const bound = reference * factor + extra;
    return {
      what: `${what} at the end, after ${text(reference)}${unit}`,
      found: `${text(final)}${unit}`,
      bound: `≤ ${text(bound)}${unit}`,
      holds: growing ? final <= bound : undefined,
    };
  };
  const atMost = (what: string, unit: string, found: number, bound: number): Check => ({
    what,
    found: `${text(found)}${unit}`,
    bound: `≤ ${text(bound)}${unit}`,
    holds: found <= bound,
  });
  const live = middleOf('final', ({ liveTuples }) => liveTuples);
  const deadBound = DEAD_THRESHOLD + DEAD_SCALE * live + NAPTIMES_SECONDS * options.rate * UPDATES_PER_EVENT;
  return [
    atMost(`accepted events that did not arrive, of ${text(facts.accepted)}`, '', facts.missing, 0),
    atMost('events refused while nothing was restarted', '', facts.refusedOtherwise, 0),
    atMost('unexpected ends of the service', '', facts.faults.length, 0),
    atMost(
      'resident memory',
      ' MB',
      middleOf('final', ({ rss }) => rss),
      options.maxRssMb,
    ),
    growth('resident memory', ' MB', ({ rss }) => rss, 1.15, 10),
    growth('file descriptors', '', ({ descriptors }) => descriptors, 1.1, 20),
    atMost(
      'dead tuples',
      '',
      middleOf('final', ({ deadTuples }) => deadTuples),
      deadBound,
    ),
    atMost(
      'delivery lag p99',
      ' ms',
      middleOf('final', ({ lagP99 }) => lagP99),
      options.maxLagMs,
    ),
    growth('delivery lag p99', ' ms', ({ lagP99 }) => lagP99, 2, 50),
  ];
}

/** The checks as lines for a terminal. */
export function linesOf(checks: readonly Check[]): string[] {
  return checks.map(({ what, found, bound, holds }) => {
    const mark = holds === undefined ? 'not judged' : holds ? 'ok' : 'VIOLATED';
    return `${mark.padEnd(10)}  ${what}: ${found} (${bound})`;
  });
}

function text(value: number): string {
  if (!Number.isFinite(value)) return 'unknown';
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 1 : 0 });
}
