import { median, percentile } from '../../../bench/report/statistics.js';
import type { Observation } from './healthy.js';

/** The most allowed ratio of delays, and of CPU time. */
const MAX_RATIO = 1.5;
/** A difference of delays, in milliseconds, that is allowed at any ratio. */
const FLOOR_MS = 5;
/**
 * A median delay, in milliseconds. A round that exceeds it next to harmless neighbours ran on a machine without idle CPU.
 * The delays of such a round measure the machine's own queue.
 */
const OVERLOADED_MS = 100;
/** The middle, and the tail. */
const SHARES = [0.5, 0.95];

interface Pair {
  hostile: Observation;
  harmless: Observation;
}

/**
 * Observations next to hostile neighbours and next to harmless ones, at the same time, round by round. Delays are compared
 * by the median of the rounds' ratios, because the machine can be busy with other work for a moment. CPU time does not
 * depend on other work and is compared by its sum.
 */
export class Comparison {
  private readonly rounds: Pair[] = [];

  /** @param alone whether the machine runs no other work. Otherwise only CPU time is compared, because delays mean nothing. */
  constructor(private readonly alone: boolean) {}

  /** @returns whether the times of the round are meaningful: the machine had idle CPU */
  add(hostile: Observation, harmless: Observation): boolean {
    const round = { hostile, harmless };
    this.rounds.push(round);
    return isTelling(round);
  }

  /** The number of rounds with meaningful delays. */
  get telling(): number {
    return this.tellingRounds.length;
  }

  /** The ratios of the delays, at the median and in the tail; NaN without a meaningful round. */
  get delayRatios(): number[] {
    return SHARES.map((share) => median(this.tellingRounds.map((round) => delayRatio(round, share))));
  }

  /** The ratio of the CPU time of the service. */
  get cpuRatio(): number {
    const sum = (kind: keyof Pair): number => this.rounds.reduce((total, round) => total + round[kind].cpuMs, 0);
    return sum('hostile') / sum('harmless');
  }

  /** Whether the cost of the hostile ones is within the limits. */
  get isFair(): boolean {
    return ![this.cpuRatio, ...(this.alone ? this.delayRatios : [])].some((ratio) => ratio > MAX_RATIO);
  }

  /** For people. */
  toString(): string {
    const [middle, tail] = this.delayRatios.map((ratio) => ratio.toFixed(2));
    return `p50 × ${middle}, p95 × ${tail} in ${this.telling} of ${this.rounds.length} rounds, CPU × ${this.cpuRatio.toFixed(2)}`;
  }

  private get tellingRounds(): Pair[] {
    return this.rounds.filter(isTelling);
  }
}

function isTelling({ harmless }: Pair): boolean {
  return percentile(harmless.delays, 0.5) <= OVERLOADED_MS;
}

function delayRatio({ hostile, harmless }: Pair, share: number): number {
  const [beside, without] = [percentile(hostile.delays, share), percentile(harmless.delays, share)];
  return beside - without <= FLOOR_MS ? Math.min(1, beside / without) : beside / without;
}
