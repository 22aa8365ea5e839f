import { describe, expect, it } from '@jest/globals';
import { Capacity, isUnderPressure, type LeaseSource } from './capacity.js';

const MIB = 1_048_576;

function opened(slots: number): Capacity {
  const capacity = new Capacity(slots);
  capacity.open();
  return capacity;
}

function buffer(capacity: Capacity, source: LeaseSource, count: number, bytes = 10): void {
  for (let index = 0; index < count; index += 1) capacity.buffer(source, { payload: 'x'.repeat(bytes) });
}

const load = (bytes: number, userId = 'u') => ({ bytes, events: new Map([[userId, 1]]) });

describe('Capacity', () => {
  it.each([
    [0, 4, false],
    [1, 4, false],
    [2, 4, true],
    [1, 3, false],
    [2, 3, true],
    [1, 1, true],
  ])('is under pressure when half of a limit is taken: %i of %i', (taken, limit, expected) => {
    expect(isUnderPressure(taken, limit)).toBe(expected);
  });

  it('starts no more attempts than it has slots, and frees a slot when one is settled', () => {
    const capacity = opened(2);
    capacity.start();
    expect([capacity.canStart, capacity.sendPressure]).toEqual([true, true]);
    capacity.start();
    expect([capacity.canStart, capacity.unsettledAttempts]).toEqual([false, 2]);
    capacity.end();
    expect([capacity.canStart, capacity.unsettledAttempts]).toEqual([true, 1]);
  });

  it('claims as many deliveries as free slots, and twice as many under pressure', () => {
    const capacity = opened(8);
    expect(capacity.claimable).toBe(8);
    buffer(capacity, 'claim', 3);
    expect([capacity.claimable, capacity.leasePressure]).toEqual([5, false]);
    capacity.start();
    expect([capacity.claimable, capacity.leasePressure]).toEqual([12, true]);
    buffer(capacity, 'claim', 11);
    // One free slot is not worth a claim.
    expect(capacity.claimable).toBe(0);
  });

  it('claims nothing when claimed payloads take all of their memory, and counts the fast path separately', () => {
    const capacity = opened(256);
    buffer(capacity, 'fast-path', 1, 16 * MIB);
    expect(capacity.claimable).toBe(256);
    buffer(capacity, 'claim', 1, 16 * MIB);
    expect(capacity.claimable).toBe(0);
    capacity.unbuffer('claim', { payload: 'x'.repeat(16 * MIB) });
    expect(capacity.claimable).toBe(256);
  });

  it('reserves memory only once', () => {
    const capacity = opened(256);
    const first = load(10 * MIB);
    expect(capacity.canReserve(first)).toBe(true);
    capacity.reserve(first);
    expect(capacity.canReserve(load(10 * MIB))).toBe(false);
    expect(capacity.canReserve(load(5 * MIB))).toBe(true);
    capacity.unreserve(first);
    expect(capacity.canReserve(load(10 * MIB))).toBe(true);
    buffer(capacity, 'fast-path', 1, 10 * MIB);
    expect(capacity.canReserve(load(10 * MIB))).toBe(false);
  });

  it('counts the events of a user that are being stored', () => {
    const capacity = opened(256);
    capacity.reserve(load(1, 'a'));
    const other = load(1, 'a');
    capacity.reserve(other);
    capacity.reserve(load(1, 'b'));
    expect([capacity.reservedFor('a'), capacity.reservedFor('b'), capacity.reservedFor('c')]).toEqual([2, 1, 0]);
    capacity.unreserve(other);
    expect(capacity.reservedFor('a')).toBe(1);
  });

  it('reserves no slots for unknown webhooks under pressure', () => {
    const capacity = opened(8);
    expect(capacity.reservableSlots).toBe(8);
    buffer(capacity, 'claim', 3);
    expect(capacity.reservableSlots).toBe(5);
    capacity.start();
    expect(capacity.reservableSlots).toBe(0);
  });

  it.each([
    ['before it is open', () => undefined],
    ['while it is suspended', (capacity: Capacity) => [capacity.open(), capacity.suspend()]],
    ['after it is closed', (capacity: Capacity) => [capacity.open(), capacity.close()]],
    [
      'after a suspension of a closed process',
      (capacity: Capacity) => [capacity.open(), capacity.suspend(), capacity.close(), capacity.resume()],
    ],
  ])('starts, claims and reserves nothing %s', (_when, prepare) => {
    const capacity = new Capacity(8);
    prepare(capacity);
    expect([capacity.canStart, capacity.claimable, capacity.canReserve(load(1))]).toEqual([false, 0, false]);
  });

  it('tells whether a suspension is new', () => {
    const capacity = opened(8);
    expect([capacity.suspend(), capacity.suspend()]).toEqual([true, false]);
    capacity.resume();
    expect([capacity.canStart, capacity.suspend()]).toEqual([true, true]);
  });
});
