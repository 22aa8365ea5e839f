import { describe, expect, it } from '@jest/globals';
import { LocalClaimant, type Claimant } from './local-claimant.js';
import type { LeasedDeliveries, LeaseTerms } from './outbox.js';

const TERMS: LeaseTerms = { room: new Map(), defaultRoom: 1, leaseMs: 1, leaseToken: 'token' };
const LEASED: LeasedDeliveries = { deliveries: [], now: 1 };

/** Offers these terms, and keeps what it is handed. */
class Recorder implements Claimant {
  readonly taken: [LeaseTerms, LeasedDeliveries][] = [];

  constructor(private readonly terms: LeaseTerms | undefined) {}

  offer(): LeaseTerms | undefined {
    return this.terms;
  }

  take(terms: LeaseTerms, leased: LeasedDeliveries): void {
    this.taken.push([terms, leased]);
  }
}

function given(claimant?: Claimant): LocalClaimant {
  const local = new LocalClaimant();
  if (claimant) local.register(claimant);
  return local;
}

describe('Who sends in this process', () => {
  it('gets what was leased under its terms', async () => {
    const recorder = new Recorder(TERMS);
    const asked: unknown[] = [];
    await given(recorder).leasing([], async (terms) => {
      asked.push(terms);
      return { leased: LEASED };
    });
    expect(asked).toEqual([TERMS]);
    expect(recorder.taken).toEqual([[TERMS, LEASED]]);
  });

  it('is told that there is nothing when storing failed: its room would stay reserved', async () => {
    const recorder = new Recorder(TERMS);
    const storing = given(recorder).leasing([], () => Promise.reject(new Error('the database is away')));
    await expect(storing).rejects.toThrow('the database is away');
    expect(recorder.taken).toEqual([[TERMS, { deliveries: [], now: 0 }]]);
  });

  it.each([
    ['has enough to do', new Recorder(undefined)],
    ['is another process', undefined],
  ])('gets nothing when it %s', async (_case, recorder) => {
    const asked: unknown[] = [];
    const stored = await given(recorder).leasing([], async (terms) => {
      asked.push(terms);
      return { leased: LEASED };
    });
    expect(stored.leased).toBe(LEASED);
    expect(asked).toEqual([undefined]);
    expect(recorder?.taken ?? []).toEqual([]);
  });
});
