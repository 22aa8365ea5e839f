import { describe, expect, it } from '@jest/globals';
import type { FoundKey } from './api-keys.repository.js';
import { RECENT_MS, RecentKeys } from './recent-keys.js';

const key: FoundKey = { id: 'k', userId: 'u', scopes: [], revoked: false, expiresAt: null, lastUsedAt: null };

describe('Keys that were read a moment ago', () => {
  it('are relied on until their time since the begin of the reading is over', () => {
    const recent = new RecentKeys();
    recent.remember('hash', key, 1_000);
    expect(recent.find('hash', 1_000)).toBe(key);
    expect(recent.find('hash', 1_000 + RECENT_MS - 1)).toBe(key);
    expect(recent.find('hash', 1_000 + RECENT_MS)).toBeUndefined();
    expect(recent.find('hash', 1_000)).toBeUndefined();
  });

  it('are not taken for others', () => {
    const recent = new RecentKeys();
    recent.remember('hash', key, 0);
    expect(recent.find('other', 0)).toBeUndefined();
  });

  it('are bounded: whoever uses more keys than fit has them read again', () => {
    const recent = new RecentKeys();
    for (let index = 0; index <= 10_000; index += 1) recent.remember(String(index), key, 0);
    expect(recent.find('0', 0)).toBeUndefined();
    expect(recent.find('10000', 0)).toBe(key);
  });
});
