import { describe, expect, it } from '@jest/globals';
import { API_KEY } from '../common/api-key-format.js';
import { generateKey, hashOf, newKey } from './new-key.js';

const DOCUMENTED = 'dm_live_abc123def456ghi789jkl012mno345';
const chosen = {
  key: DOCUMENTED,
  userId: 'uid_1',
  name: 'Production server',
  scopes: ['webhooks'] as const,
  expiresAt: new Date('2025-04-20T00:00:00Z'),
};

describe('A new API key', () => {
  it('is dm_live_ and 64 hex characters', () => {
    expect(generateKey()).toMatch(/^dm_live_[0-9a-f]{64}$/);
    expect(generateKey()).toMatch(API_KEY);
  });

  it('has 256 random bits: each of them takes both values', () => {
    const keys = Array.from({ length: 200 }, () => BigInt(`0x${generateKey().slice('dm_live_'.length)}`));
    const ones = keys.reduce((seen, key) => seen | key, 0n);
    const zeros = keys.reduce((seen, key) => seen | ~key, 0n);
    expect(BigInt.asUintN(256, ones)).toBe(2n ** 256n - 1n);
    expect(BigInt.asUintN(256, zeros)).toBe(2n ** 256n - 1n);
    const halves = keys.flatMap((key) => [key >> 128n, key & (2n ** 128n - 1n)]);
    expect(new Set(halves).size).toBe(400);
  });
});

describe('The stored form of an API key', () => {
  it('contains its SHA-256', () => {
    expect(Buffer.from(hashOf(DOCUMENTED)).toString('hex')).toBe(
      'c18bd58b6ad06ef2e2b9218a2c354e65e47207be5c30b35fc6fe0bb31ca5651d',
    );
  });

  it('contains the properties and the first four characters, but not the key', () => {
    const row = newKey(chosen);
    expect(row).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      userId: 'uid_1',
      name: 'Production server',
      prefix: 'dm_live_abc1',
      keyHash: hashOf(DOCUMENTED),
      scopes: ['webhooks'],
      expiresAt: chosen.expiresAt,
    });
    const text = Object.values(row).map((value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString() : String(value),
    );
    expect(text.join()).not.toContain(DOCUMENTED.slice(0, 13));
  });

  it('has an id that is independent of the key', () => {
    expect(newKey(chosen).id).not.toBe(newKey(chosen).id);
  });

  it('does not change when the list of scopes changes later', () => {
    const scopes: ('webhooks' | 'events:publish')[] = ['webhooks'];
    const row = newKey({ ...chosen, scopes });
    scopes.push('events:publish');
    expect(row.scopes).toEqual(['webhooks']);
  });
});
