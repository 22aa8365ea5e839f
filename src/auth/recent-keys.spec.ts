import { describe, expect, it } from '@jest/globals';
import type { FoundKey } from './api-keys.repository.js';
import { RECENT_MS, RecentKeys } from './recent-keys.js';

const key: FoundKey = { id: 'k', userId: 'u', scopes: [], revoked: false, expiresAt: null, lastUsedAt: null };

describe('RecentKeys', () => {
  it('returns a key until 200 ms after its query started', () => {
    const recent = new RecentKeys();
    recent.remember('hash', key, 1_000);
    expect(recent.find('hash', 1_000)).toBe(key);
    expect(recent.find('hash', 1_000 + RECENT_MS - 1)).toBe(key);
    expect(recent.find('hash', 1_000 + RECENT_MS)).toBeUndefined();
    expect(recent.find('hash', 1_000)).toBeUndefined();
  });

  it('returns no other key', () => {
    const recent = new RecentKeys();
    recent.remember('hash', key, 0);
    expect(recent.find('other', 0)).toBeUndefined();
  });

  it('is bounded: further keys are queried again', () => {
    const recent = new RecentKeys();
    for (let index = 0; index <= 10_000; index += 1) recent.remember(String(index), key, 0);
    expect(recent.find('0', 0)).toBeUndefined();
    expect(recent.find('10000', 0)).toBe(key);
  });
});
