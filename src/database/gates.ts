import { DatabaseDeadlineError } from './database-deadline.error.js';

/** Further statements are rejected immediately: they would only fill the memory. */
const MAX_WAITING = 1_000;

interface Waiting {
  names: readonly string[];
  resolve: () => void;
}

/**
 * Bulkheads: each name has a limit on how many holders may be inside at the same time. With table names, statements that
 * wait for a locked table leave connections for the other tables.
 */
export class Gates {
  private readonly inside = new Map<string, number>();
  /** In order of arrival. */
  private readonly waiting = new Set<Waiting>();

  /**
   * @param limitOf the maximum number of holders of a name
   * @param waitMs how long to wait before an entry is rejected
   */
  constructor(
    private readonly limitOf: (name: string) => number,
    private readonly waitMs: number,
  ) {}

  /**
   * Enters under all names. {@link leave} must follow.
   *
   * @returns undefined if the entry is immediate, which is the usual case
   * @throws DatabaseDeadlineError if 1,000 others already wait; rejects with it after the wait
   */
  enter(names: readonly string[]): Promise<void> | undefined {
    if (this.admit(names)) return undefined;
    if (this.waiting.size >= MAX_WAITING) throw busy();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(waiting);
        reject(busy());
      }, this.waitMs);
      const waiting: Waiting = {
        names,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.waiting.add(waiting);
    });
  }

  /** The number of entries that wait. */
  get waitingCount(): number {
    return this.waiting.size;
  }

  leave(names: readonly string[]): void {
    for (const name of names) this.inside.set(name, this.count(name) - 1);
    for (const waiting of this.waiting) {
      if (!this.admit(waiting.names)) continue;
      this.waiting.delete(waiting);
      waiting.resolve();
    }
  }

  private admit(names: readonly string[]): boolean {
    if (names.some((name) => this.count(name) >= this.limitOf(name))) return false;
    for (const name of names) this.inside.set(name, this.count(name) + 1);
    return true;
  }

  private count(name: string): number {
    return this.inside.get(name) ?? 0;
  }
}

function busy(): DatabaseDeadlineError {
  return new DatabaseDeadlineError('too many statements wait for the database');
}
