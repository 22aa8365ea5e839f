import type { FoundKey } from './api-keys.repository.js';

/**
 * How long a process may use a key from memory, in milliseconds. DELETE waits for this time before it responds. When it
 * returns, every process rejects the key.
 */
export const RECENT_MS = 200;

/** Maximum number of keys in memory. */
const MOST = 10_000;

/** Keys that were read less than 200 ms ago. A busy producer then does not cause a query for each event. */
export class RecentKeys {
  private readonly keys = new Map<string, { key: FoundKey; until: number }>();

  /** @param now by `performance.now()`. A wall clock that is set back would extend the life of a revoked key. */
  find(hash: string, now: number): FoundKey | undefined {
    const recent = this.keys.get(hash);
    if (recent && recent.until <= now) this.keys.delete(hash);
    return recent && recent.until > now ? recent.key : undefined;
  }

  /** @param readFrom when the query started, by `performance.now()` */
  remember(hash: string, key: FoundKey, readFrom: number): void {
    if (this.keys.size >= MOST) this.keys.clear();
    this.keys.set(hash, { key, until: readFrom + RECENT_MS });
  }
}
