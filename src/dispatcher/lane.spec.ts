import { describe, expect, it } from '@jest/globals';
import type { AttemptOutcome } from '../deliveries/attempt-outcome.js';
import type { ClaimedDelivery } from '../deliveries/outbox.repository.js';
import { Lane, type WaitingDelivery } from './lane.js';

const SLOTS = 10;

function waiting(id: number, sendBefore = Infinity): WaitingDelivery {
  return { delivery: { id: String(id) } as ClaimedDelivery, clock: Date.now, sendBefore };
}

/** Fills the lane's room and sends it all, so many times. */
function fillAndSend(lane: Lane, times: number): void {
  for (let time = 0; time < times; time += 1) {
    const room = lane.room(false);
    lane.backlogged = true;
    for (let index = 0; index < room; index += 1) lane.add(waiting(index));
    for (let index = 0; index < room; index += 1) lane.take(0);
  }
}

function answered(durationMs: number): AttemptOutcome {
  return { response: { status: 500, headers: {}, body: '', truncated: false }, error: 'HTTP 500', durationMs };
}

/** A lane with one request in flight and more waiting. */
function busy(...outcomes: AttemptOutcome[]): Lane {
  const lane = new Lane('w', 'u', SLOTS);
  for (const outcome of outcomes) lane.noteAnswer(outcome);
  lane.add(waiting(1));
  lane.inFlight = 1;
  return lane;
}

describe('The lane of a webhook', () => {
  it('has room for as many deliveries as it has slots, at first', () => {
    expect(new Lane('w', 'u', SLOTS).room(false)).toBe(SLOTS);
  });

  it('gives out deliveries in the order they came', () => {
    const lane = new Lane('w', 'u', SLOTS);
    for (const id of [1, 2, 3]) lane.add(waiting(id));
    expect([lane.take(0), lane.take(0), lane.take(0)].map(({ next }) => next?.delivery.id)).toEqual([
      '1',
      '2',
      '3',
    ]);
    expect(lane.take(0).next).toBeUndefined();
  });

  it('can send only while a slot is free and something waits', () => {
    const lane = new Lane('w', 'u', SLOTS);
    expect(lane.canSend).toBe(false);
    lane.add(waiting(1));
    expect(lane.canSend).toBe(true);
    lane.inFlight = SLOTS;
    expect(lane.canSend).toBe(false);
  });

  it('doubles its room each time the webhook empties it with more due, up to 32 times its slots', () => {
    const lane = new Lane('w', 'u', SLOTS);
    fillAndSend(lane, 1);
    expect(lane.room(false)).toBe(SLOTS * 2);
    fillAndSend(lane, 10);
    expect(lane.room(false)).toBe(SLOTS * 32);
  });

  it('does not grow when nothing more is due', () => {
    const lane = new Lane('w', 'u', SLOTS);
    lane.add(waiting(1));
    lane.take(0);
    expect(lane.room(false)).toBe(SLOTS);
  });

  it('hands out what waited too long apart, and falls back to its slots', () => {
    const lane = new Lane('w', 'u', SLOTS);
    fillAndSend(lane, 3);
    lane.add(waiting(1, 100));
    lane.add(waiting(2, 300));
    const { next, late } = lane.take(200);
    expect(next?.delivery.id).toBe('2');
    expect(late.map((held) => held.delivery.id)).toEqual(['1']);
    expect(lane.room(false)).toBe(SLOTS);
  });

  it('sends nothing and has no room while it is paused', () => {
    const lane = new Lane('w', 'u', SLOTS);
    lane.add(waiting(1));
    lane.paused = true;
    expect(lane).toMatchObject({ canSend: false, isIdle: false });
    expect([lane.room(false), lane.wantsMore(false), lane.maySend(false)]).toEqual([0, false, false]);
  });

  it('wants more when more is due and half of it is free', () => {
    const lane = new Lane('w', 'u', SLOTS);
    lane.backlogged = true;
    lane.inFlight = 6;
    expect(lane.wantsMore(false)).toBe(false);
    lane.inFlight = 5;
    expect(lane.wantsMore(false)).toBe(true);
    lane.backlogged = false;
    expect(lane.wantsMore(false)).toBe(false);
  });

  it('is not forgotten while a claim that may fill it is under way', () => {
    const lane = new Lane('w', 'u', SLOTS);
    expect(lane.isIdle).toBe(true);
    lane.expectant = true;
    expect(lane.isIdle).toBe(false);
  });

  it('gives back what has waited in vain, and no more', () => {
    const lane = new Lane('w', 'u', SLOTS);
    lane.add(waiting(1, 100));
    lane.add(waiting(2, 200));
    lane.add(waiting(3, 300));
    expect(lane.dropLate(99)).toEqual([]);
    expect(lane.dropLate(200).map(({ delivery }) => delivery.id)).toEqual(['1', '2']);
    expect(lane.canSend).toBe(true);
    expect(lane.dropLate(300)).toHaveLength(1);
    expect(lane.dropLate(300)).toEqual([]);
  });

  it('gives back all that waits', () => {
    const lane = new Lane('w', 'u', SLOTS);
    for (const id of [1, 2]) lane.add(waiting(id));
    expect(lane.clear()).toHaveLength(2);
    expect(lane.canSend).toBe(false);
  });

  describe('when slots are short', () => {
    it.each([
      ['that has not answered yet', []],
      ['that answered slowly', [answered(1_000)]],
      ['that answered nothing', [{ response: null, error: 'connection refused', durationMs: 1 }]],
      ['that has become slow', [answered(1), answered(10_000)]],
    ])('gives a webhook %s one', (_what, outcomes) => {
      const lane = busy(...outcomes);
      expect([lane.maySend(true), lane.room(true), lane.maySend(false)]).toEqual([false, 0, true]);
      lane.backlogged = true;
      expect(lane.wantsMore(true)).toBe(false);
      lane.inFlight = 0;
      expect(lane.maySend(true)).toBe(true);
    });

    it.each([
      ['that answers quickly', [answered(999)]],
      ['that has become quick', [answered(10_000), answered(1)]],
    ])('does not limit a webhook %s', (_what, outcomes) => {
      const lane = busy(...outcomes);
      expect([lane.maySend(true), lane.room(true)]).toEqual([true, SLOTS - 2]);
    });
  });
});
