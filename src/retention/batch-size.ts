const FIRST = 1_000;
const LARGEST = 8_000;
/** A statement of this time or less is small enough to be doubled. */
const QUICK_MS = 100;
/** A statement of this time or more slows other statements. */
const SLOW_MS = 400;

/** The number of rows per statement. It follows the speed of the database. */
export class BatchSize {
  /** From {@link FIRST} divided by ten to {@link LARGEST}. */
  rows = FIRST;

  /** @param durationMs the duration of a full statement with this number of rows */
  took(durationMs: number): void {
    if (durationMs <= QUICK_MS) this.rows = Math.min(2 * this.rows, LARGEST);
    else if (durationMs >= SLOW_MS) this.rows = Math.max(Math.floor(this.rows / 2), FIRST / 10);
  }
}
