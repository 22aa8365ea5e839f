import { DatabaseDeadlineError } from './database-deadline.error.js';

/** More waiting statements are refused at once: they would only fill the memory. */
const MAX_WAITING = 1_000;

interface Waiting {
  names: readonly string[];
  resolve: () => void;
}

/**
 * Bulkheads: limits how many pass at once by each of the names they carry. With the names of tables, statements that wait
 * for a locked table leave connections to the others.
 */
export class Gates {
  private readonly inside = new Map<string, number>();
  /** In the order they came. */
  private readonly waiting = new Set<Waiting>();

  /**
   * @param limitOf how many with this name may be inside
   * @param waitMs how long one may wait for room
   */
  constructor(
    private readonly limitOf: (name: string) => number,
    private readonly waitMs: number,
  ) {}

  /**
   * Enters under all of the names. {@link leave} must follow.
   *
   * @returns nothing when there is room at once, as there nearly always is
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
