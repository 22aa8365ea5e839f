const WINDOW_MS = 60_000;
/** Sources remembered at most: some 2 MB. */
const CAPACITY = 10_000;

/**
 * Counts failures by their source, in windows of a minute that begin with a source's first failure. However many
 * sources there are, it remembers the 10,000 whose windows began last: who has more addresses than that has no need to
 * return to any of them.
 */
export class FailureCounter {
  /** All windows are of one length, so that the order in which they were added is the order in which they end. */
  private readonly windows = new Map<string, { count: number; end: number }>();

  /** @param limit failures of a source in a window; the source is blocked until the window ends once it reached them */
  constructor(private readonly limit: number) {}

  get size(): number {
    return this.windows.size;
  }

  /** For how many milliseconds more the source is blocked; 0 when it is not. */
  blockedForMs(source: string, now = performance.now()): number {
    const window = this.windows.get(source);
    return window !== undefined && window.count >= this.limit ? Math.max(0, window.end - now) : 0;
  }

  /** @returns whether this failure is the one that blocks the source */
  add(source: string, now = performance.now()): boolean {
    const known = this.windows.get(source);
    if (known !== undefined && known.end > now) {
      known.count += 1;
      return known.count === this.limit;
    }
    // Not only changed: it has to go behind the others.
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
