import type { FoundKey } from './api-keys.repository.js';

/**
 * How long what was read of a key may be relied on, in milliseconds. A revocation is answered when this time is over, so
 * that by then no process lets the key through.
 */
export const RECENT_MS = 200;

/** More are not remembered: it would be cheaper to ask the database. */
const MOST = 10_000;

/** The keys that were read a moment ago: a producer that sends many events does not have its key read for each. */
export class RecentKeys {
  private readonly keys = new Map<string, { key: FoundKey; until: number }>();

  /** @param now by `performance.now()`: a wall clock that is set back would let a revoked key live */
  find(hash: string, now: number): FoundKey | undefined {
    const recent = this.keys.get(hash);
    if (recent && recent.until <= now) this.keys.delete(hash);
    return recent && recent.until > now ? recent.key : undefined;
  }

  /** @param readFrom when its reading began, by `performance.now()` */
  remember(hash: string, key: FoundKey, readFrom: number): void {
    if (this.keys.size >= MOST) this.keys.clear();
    this.keys.set(hash, { key, until: readFrom + RECENT_MS });
  }
}
