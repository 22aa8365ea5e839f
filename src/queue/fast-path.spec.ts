import { describe, expect, it } from '@jest/globals';
import { FastPath, type Reservation, type Reserver } from './fast-path.js';
import type { LeasedDeliveries, LeaseRequest } from './outbox.types.js';

const LEASE: LeaseRequest = { demand: new Map(), defaultDemand: 1, leaseMs: 1, leaseToken: 'token' };
const LEASED: LeasedDeliveries = { deliveries: [], now: 1 };

/** Reserves under this lease, and keeps what it accepts. */
class Recorder implements Reserver {
  readonly accepted: LeasedDeliveries[] = [];

  constructor(private readonly lease: LeaseRequest | undefined) {}

  reserve(): Reservation | undefined {
    return this.lease && { lease: this.lease, end: (leased) => void this.accepted.push(leased) };
  }
}

function given(reserver?: Reserver): FastPath {
  const fastPath = new FastPath();
  if (reserver) fastPath.register(reserver);
  return fastPath;
}

describe('FastPath', () => {
  it('passes on the deliveries that were leased under the reservation', async () => {
    const recorder = new Recorder(LEASE);
    const asked: unknown[] = [];
    await given(recorder).storing([], async (lease) => {
      asked.push(lease);
      return { leased: LEASED };
    });
    expect(asked).toEqual([LEASE]);
    expect(recorder.accepted).toEqual([LEASED]);
  });

  it('ends the reservation when storing failed', async () => {
    const recorder = new Recorder(LEASE);
    const storing = given(recorder).storing([], () => Promise.reject(new Error('the database is away')));
    await expect(storing).rejects.toThrow('the database is away');
    expect(recorder.accepted).toEqual([{ deliveries: [], now: 0 }]);
  });

  it.each([
    ['has no capacity', new Recorder(undefined)],
    ['does not dispatch', undefined],
  ])('leases nothing when the process %s', async (_case, recorder) => {
    const asked: unknown[] = [];
    const stored = await given(recorder).storing([], async (lease) => {
      asked.push(lease);
      return { leased: LEASED };
    });
    expect(stored.leased).toBe(LEASED);
    expect(asked).toEqual([undefined]);
    expect(recorder?.accepted ?? []).toEqual([]);
  });
});
