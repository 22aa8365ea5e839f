import { median, percentile } from '../../../bench/report/statistics.js';
import type { Observation } from './healthy.js';

/** How many times as late a delivery may come, and as much CPU time the service may take. */
const MAX_RATIO = 1.5;
/** A delivery that comes this much later, in milliseconds, is not late, whatever the ratio. */
const FLOOR_MS = 5;
/**
 * When half of the deliveries take longer than this, in milliseconds, even beside harmless neighbours, the machine has
 * no CPU left: what waits for it piles up, and the delays of the round tell of the pile only.
 */
const OVERLOADED_MS = 100;
/** The middle, and the tail. */
const SHARES = [0.5, 0.95];

interface Pair {
  hostile: Observation;
  harmless: Observation;
}

/**
 * What was seen beside hostile neighbours, and at the same moments beside harmless ones, round by round. Delays count
 * by the median of the rounds' ratios, so that a moment in which the machine was busy elsewhere can't decide; the CPU
 * time, which does not depend on that, by its sum.
 */
export class Comparison {
  private readonly rounds: Pair[] = [];

  /** @param alone whether nothing else is run on the machine: else delays tell nothing, and CPU time alone decides */
  constructor(private readonly alone: boolean) {}

  /** @returns whether the machine had CPU left, so that the times of the round tell something */
  add(hostile: Observation, harmless: Observation): boolean {
    const round = { hostile, harmless };
    this.rounds.push(round);
    return isTelling(round);
  }

  /** How many rounds say something of delays. */
  get telling(): number {
    return this.tellingRounds.length;
  }

  /** How many times as late the middle and the tail of the deliveries come; NaN while no round tells. */
  get delayRatios(): number[] {
    return SHARES.map((share) => median(this.tellingRounds.map((round) => delayRatio(round, share))));
  }

  /** How many times as much CPU time the service takes. */
  get cpuRatio(): number {
    const sum = (kind: keyof Pair): number => this.rounds.reduce((total, round) => total + round[kind].cpuMs, 0);
    return sum('hostile') / sum('harmless');
  }

  /** Whether the hostile ones cost no more than they may. */
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
