/** Bounds of durations, in seconds. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
/** A duration at the deadline is a little longer than the deadline. The last bound leaves this much room. */
const OVERRUN = 1.1;

/**
 * The bounds of a histogram of durations that end at a deadline. The last two bounds are the deadline, and a bound that
 * includes durations which the deadline ended.
 *
 * @param leastMs the smallest bound that is useful, in milliseconds
 */
export function durationBuckets(deadlineMs: number, leastMs: number): number[] {
  const below = SECONDS.filter((bound) => bound * 1_000 >= leastMs && bound * 1_000 < deadlineMs);
  return [...below, deadlineMs / 1_000, Math.round(deadlineMs * OVERRUN) / 1_000];
}

/** Bounds of the numbers of rows in a batch. */
export const BATCH_BUCKETS = [0, 1, 2, 5, 10, 25, 50, 100, 250, 500];

/** Bounds of the delivery lag, in seconds: from the fast path to a pause of hours. */
export const LAG_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600, 21_600];
