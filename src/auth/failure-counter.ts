const WINDOW_MS = 60_000;
/** Maximum number of sources: about 2 MB. */
const CAPACITY = 10_000;

/**
 * Counts failures per source, in windows of one minute that begin with the first failure.
 *
 * Memory is bounded: only the 10,000 latest windows are kept. An attacker with more addresses than that gains nothing,
 * because they need not reuse any.
 */
export class FailureCounter {
  /** All windows have the same length. Insertion order is therefore also the order in which they end. */
  private readonly windows = new Map<string, { count: number; end: number }>();

  /** @param limit number of failures per window; from then on, the source is blocked until the window ends */
  constructor(private readonly limit: number) {}

  get size(): number {
    return this.windows.size;
  }

  /** How long the source remains blocked, in milliseconds. 0 if it is not blocked. */
  blockedForMs(source: string, now = performance.now()): number {
    const window = this.windows.get(source);
    return window !== undefined && window.count >= this.limit ? Math.max(0, window.end - now) : 0;
  }

  /**
   * Counts a failure.
   *
   * @returns whether this failure blocks the source
   */
  add(source: string, now = performance.now()): boolean {
    const known = this.windows.get(source);
    if (known !== undefined && known.end > now) {
      known.count += 1;
      return known.count === this.limit;
    }
    // Deleted first, so that the new window goes to the end of the insertion order.
    this.windows.delete(source);
    this.makeRoom(now);
    this.windows.set(source, { count: 1, end: now + WINDOW_MS });
    return this.limit === 1;
  }

  private makeRoom(now: number): void {
    for (const [source, { end }] of this.windows) {
      if (end > now && this.windows.size < CAPACITY) return;
      this.windows.delete(source);
    }
  }
}
