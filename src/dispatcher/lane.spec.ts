import { describe, expect, it } from '@jest/globals';
import type { ClaimedDelivery } from '../deliveries/outbox.repository.js';
import { Lane, type WaitingDelivery } from './lane.js';

const SLOTS = 10;

function waiting(id: number, sendBefore = Infinity): WaitingDelivery {
  return { delivery: { id: String(id) } as ClaimedDelivery, clock: Date.now, sendBefore };
}

/** Fills the lane's room and sends it all, so many times. */
function fillAndSend(lane: Lane, times: number): void {
  for (let time = 0; time < times; time += 1) {
    const { room } = lane;
    lane.backlogged = true;
    for (let index = 0; index < room; index += 1) lane.add(waiting(index));
    for (let index = 0; index < room; index += 1) lane.take(0, []);
  }
}

describe('The lane of a webhook', () => {
  it('has room for as many deliveries as it has slots, at first', () => {
    expect(new Lane('w', SLOTS).room).toBe(SLOTS);
  });

  it('gives out deliveries in the order they came', () => {
    const lane = new Lane('w', SLOTS);
    for (const id of [1, 2, 3]) lane.add(waiting(id));
    expect([lane.take(0, []), lane.take(0, []), lane.take(0, [])].map((held) => held?.delivery.id)).toEqual([
      '1',
      '2',
      '3',
    ]);
    expect(lane.take(0, [])).toBeUndefined();
  });

  it('can send only while a slot is free and something waits', () => {
    const lane = new Lane('w', SLOTS);
    expect(lane.canSend).toBe(false);
    lane.add(waiting(1));
    expect(lane.canSend).toBe(true);
    lane.inFlight = SLOTS;
    expect(lane.canSend).toBe(false);
  });

  it('doubles its room each time the webhook empties it with more due, up to sixteen times its slots', () => {
    const lane = new Lane('w', SLOTS);
    fillAndSend(lane, 1);
    expect(lane.room).toBe(SLOTS * 2);
    fillAndSend(lane, 10);
    expect(lane.room).toBe(SLOTS * 16);
  });

  it('does not grow when nothing more is due', () => {
    const lane = new Lane('w', SLOTS);
    lane.add(waiting(1));
    lane.take(0, []);
    expect(lane.room).toBe(SLOTS);
  });

  it('hands out what waited too long apart, and falls back to its slots', () => {
    const lane = new Lane('w', SLOTS);
    fillAndSend(lane, 3);
    lane.add(waiting(1, 100));
    lane.add(waiting(2, 300));
    const tooLate: WaitingDelivery[] = [];
    expect(lane.take(200, tooLate)?.delivery.id).toBe('2');
    expect(tooLate.map((held) => held.delivery.id)).toEqual(['1']);
    expect(lane.room).toBe(SLOTS);
  });

  it('sends nothing and has no room while it is paused', () => {
    const lane = new Lane('w', SLOTS);
    lane.add(waiting(1));
    lane.paused = true;
    expect(lane).toMatchObject({ canSend: false, room: 0, wantsMore: false, isIdle: false });
  });

  it('wants more when more is due and half of it is free', () => {
    const lane = new Lane('w', SLOTS);
    lane.backlogged = true;
    lane.inFlight = 6;
    expect(lane.wantsMore).toBe(false);
    lane.inFlight = 5;
    expect(lane.wantsMore).toBe(true);
    lane.backlogged = false;
    expect(lane.wantsMore).toBe(false);
  });

  it('is not forgotten while a claim that may fill it is under way', () => {
    const lane = new Lane('w', SLOTS);
    expect(lane.isIdle).toBe(true);
    lane.expectant = true;
    expect(lane.isIdle).toBe(false);
  });

  it('gives back all that waits', () => {
    const lane = new Lane('w', SLOTS);
    for (const id of [1, 2]) lane.add(waiting(id));
    expect(lane.clear()).toHaveLength(2);
    expect(lane.size).toBe(0);
  });
});
