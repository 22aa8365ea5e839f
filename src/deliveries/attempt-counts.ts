/** A part of the attempts of a period. */
export interface AttemptCounts {
  attempts: number;
  succeeded: number;
  /** The number of attempts by duration: `milliseconds:number`, separated by commas, in any order. */
  durations: string;
}

/** Counts of attempts, and percentiles of their durations in milliseconds. Null without attempts. */
export interface AttemptStatistics {
  attempts: number;
  succeeded: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

const DIGIT_0 = 48;
const COLON = 58;

/** Adds up parts. The percentiles are exact: those of all attempts together. */
export class AttemptSum {
  private attempts = 0;
  private succeeded = 0;
  private readonly byDuration = new Map<number, number>();

  add({ attempts, succeeded, durations }: AttemptCounts): void {
    this.attempts += attempts;
    this.succeeded += succeeded;
    // A day has hundreds of kilobytes. Splitting the text would take several times as long.
    let duration = 0;
    let number = 0;
    for (let at = 0; at <= durations.length; at += 1) {
      const code = durations.charCodeAt(at);
      if (code >= DIGIT_0) {
        if (code === COLON) {
          duration = number;
          number = 0;
        } else number = number * 10 + code - DIGIT_0;
      } else if (number > 0) {
        this.count(duration, number);
        number = 0;
      }
    }
  }

  /** Adds the attempts of another sum. */
  addAll(other: AttemptSum): void {
    this.attempts += other.attempts;
    this.succeeded += other.succeeded;
    for (const [duration, count] of other.byDuration) this.count(duration, count);
  }

  statistics(): AttemptStatistics {
    const sorted = [...this.byDuration].sort(([a], [b]) => a - b);
    const at = (share: number) => percentile(sorted, this.attempts, share);
    return { attempts: this.attempts, succeeded: this.succeeded, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }

  private count(duration: number, count: number): void {
    this.byDuration.set(duration, (this.byDuration.get(duration) ?? 0) + count);
  }
}

/** `percentile_cont` of PostgreSQL: between two attempts, it interpolates. */
function percentile(sorted: readonly [duration: number, count: number][], total: number, share: number): number | null {
  if (total === 0) return null;
  const place = share * (total - 1);
  const [below, above] = [valueAt(sorted, Math.floor(place)), valueAt(sorted, Math.ceil(place))];
  // A thousandth of a millisecond is exact enough, and hides the errors of binary fractions.
  return Math.round((below + (place - Math.floor(place)) * (above - below)) * 1_000) / 1_000;
}

/** The duration at an index of the sorted attempts. */
function valueAt(sorted: readonly [duration: number, count: number][], index: number): number {
  let before = 0;
  for (const [duration, count] of sorted) {
    before += count;
    if (index < before) return duration;
  }
  return sorted.at(-1)?.[0] ?? 0;
}
