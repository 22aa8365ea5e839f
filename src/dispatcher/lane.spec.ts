import { describe, expect, it } from '@jest/globals';
import type { AttemptOutcome } from '../queue/attempt-outcome.js';
import type { ClaimedDelivery } from '../queue/outbox.js';
import { Lane, type WaitingDelivery } from './lane.js';
import { TargetHost } from './target-host.js';

const SLOTS = 10;

const anyHost = new TargetHost('host.example', { concurrency: 1_000, rate: 0 });

function waiting(id: number, sendBefore = Infinity, throttleCount = 0): WaitingDelivery {
  const delivery = { id: String(id), throttleCount } as ClaimedDelivery;
  return { delivery, source: 'claim', host: anyHost, clock: Date.now, sendBefore };
}

function newLane(host = anyHost): Lane {
  const lane = new Lane('w', 'u', SLOTS);
  lane.leadTo('https://host.example/', () => host);
  return lane;
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
  const lane = newLane();
  for (const outcome of outcomes) lane.noteAnswer(outcome);
  lane.add(waiting(1));
  lane.inFlight = 1;
  return lane;
}

describe('The lane of a webhook', () => {
  it('has room for as many deliveries as it has slots, at first', () => {
    expect(newLane().room(false)).toBe(SLOTS);
  });

  it('gives out deliveries in the order they came', () => {
    const lane = newLane();
    for (const id of [1, 2, 3]) lane.add(waiting(id));
    expect([lane.take(0), lane.take(0), lane.take(0)].map(({ next }) => next?.delivery.id)).toEqual(['1', '2', '3']);
    expect(lane.take(0).next).toBeUndefined();
  });

  it('can send only while a slot is free and something waits', () => {
    const lane = newLane();
    expect(lane.canSend).toBe(false);
    lane.add(waiting(1));
    expect(lane.canSend).toBe(true);
    lane.inFlight = SLOTS;
    expect(lane.canSend).toBe(false);
  });

  it('doubles its room each time the webhook empties it with more due, up to 32 times its slots', () => {
    const lane = newLane();
    fillAndSend(lane, 1);
    expect(lane.room(false)).toBe(SLOTS * 2);
    fillAndSend(lane, 10);
    expect(lane.room(false)).toBe(SLOTS * 32);
  });

  it('does not grow when nothing more is due', () => {
    const lane = newLane();
    lane.add(waiting(1));
    lane.take(0);
    expect(lane.room(false)).toBe(SLOTS);
  });

  it('hands out what waited too long apart, and falls back to its slots', () => {
    const lane = newLane();
    fillAndSend(lane, 3);
    lane.add(waiting(1, 100));
    lane.add(waiting(2, 300));
    const { next, late } = lane.take(200);
    expect(next?.delivery.id).toBe('2');
    expect(late.map((held) => held.delivery.id)).toEqual(['1']);
    expect(lane.room(false)).toBe(SLOTS);
  });

  it('sends nothing and has no room while it is paused', () => {
    const lane = newLane();
    lane.add(waiting(1));
    lane.pause();
    expect(lane).toMatchObject({ canSend: false, isIdle: false });
    expect([lane.room(false), lane.wantsMore(false), lane.maySend(false)]).toEqual([0, false, false]);
  });

  it('wants more when more is due and half of it is free', () => {
    const lane = newLane();
    lane.backlogged = true;
    lane.inFlight = 6;
    expect(lane.wantsMore(false)).toBe(false);
    lane.inFlight = 5;
    expect(lane.wantsMore(false)).toBe(true);
    lane.backlogged = false;
    expect(lane.wantsMore(false)).toBe(false);
  });

  it('is not forgotten while a claim that may fill it is under way', () => {
    const lane = newLane();
    expect(lane.isIdle).toBe(true);
    lane.expectant = true;
    expect(lane.isIdle).toBe(false);
  });

  it('asks again when the claim that it waits for does not come', () => {
    const lane = newLane();
    lane.expectant = true;
    lane.missClaim();
    expect(lane).toMatchObject({ expectant: false, isBehind: true });
    expect(lane.wantsMore(false)).toBe(true);
  });

  it('gives back what has waited in vain, and no more', () => {
    const lane = newLane();
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
    const lane = newLane();
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

  describe('of a webhook that was paused', () => {
    it('tries it with one request, and goes on when that has succeeded', () => {
      const lane = newLane();
      lane.add(waiting(1, Infinity, 2));
      expect(lane.room(false)).toBe(0);
      expect(lane.take(0).next).toBeDefined();
      lane.inFlight = 1;
      expect(lane.room(false)).toBe(0);
      lane.noteAnswer(answered(1));
      lane.inFlight = 0;
      expect(lane.room(false)).toBe(1);
      lane.noteAnswer({ ...answered(1), error: null });
      expect(lane.room(false)).toBe(SLOTS);
    });
  });

  describe('whose host has limits', () => {
    it('waits, and asks for no more, while its host is full', () => {
      const host = new TargetHost('host.example', { concurrency: 2, rate: 0 });
      const lane = newLane(host);
      lane.add({ ...waiting(1), host });
      host.waiting = 1;
      host.inFlight = 2;
      expect([lane.maySend(false), lane.room(false), lane.isHeldBack]).toEqual([false, 0, true]);
      host.end();
      expect([lane.maySend(false), lane.room(false), lane.isHeldBack]).toEqual([true, SLOTS - 1, false]);
    });

    it('gets one request while it is not known to answer quickly and half of its host is taken by others', () => {
      const host = new TargetHost('host.example', { concurrency: 10, rate: 0 });
      const lane = newLane(host);
      lane.add({ ...waiting(1), host });
      host.inFlight = 5;
      expect(lane.maySend(false)).toBe(true);
      lane.inFlight = 1;
      expect(lane.maySend(false)).toBe(false);
      lane.noteAnswer(answered(1));
      expect(lane.maySend(false)).toBe(true);
    });

    it('follows its webhook to another host', () => {
      const lane = newLane();
      const other = new TargetHost('other.example', { concurrency: 1, rate: 0 });
      expect(lane.leadTo('https://host.example/', () => other)).toBe(anyHost);
      expect(lane.leadTo('https://other.example/', () => other)).toBe(other);
    });
  });

  describe('for what comes straight from where it is stored', () => {
    /** A lane whose webhook answered so often within the last second. */
    function proven(answers: number, outcome = answered(1)): Lane {
      const lane = newLane();
      for (let count = 0; count < answers; count += 1) lane.noteAnswer(outcome);
      lane.tick();
      return lane;
    }

    it('has room for what it can be claimed for, at first', () => {
      expect(newLane().straightRoom(false)).toBe(SLOTS);
      expect(newLane().straightRoom(true)).toBe(1);
    });

    it('has room for what its webhook lately answered in a second, however short slots are', () => {
      const lane = proven(500);
      expect([lane.straightRoom(false), lane.straightRoom(true)]).toEqual([500, 500]);
      lane.add(waiting(1));
      lane.inFlight = 9;
      expect(lane.straightRoom(false)).toBe(490);
      expect(lane.room(false)).toBe(0);
    });

    it.each([
      ['did not answer', { response: null, error: 'connection refused', durationMs: 1 }],
      ['answered slowly', answered(1_000)],
    ])('has no more than that where its webhook %s', (_what, outcome) => {
      expect(proven(500, outcome).straightRoom(false)).toBe(SLOTS);
    });

    it('forgets by and by, and is remembered as long as it knows more than a new lane', () => {
      const lane = proven(100);
      expect(lane.isIdle).toBe(false);
      lane.tick();
      expect(lane.straightRoom(false)).toBe(90);
      for (let seconds = 0; seconds < 30; seconds += 1) lane.tick();
      expect(lane.straightRoom(false)).toBe(SLOTS);
      expect(lane.isIdle).toBe(true);
    });

    it('has none behind what waits in the table, during a pause, and where its host has no room', () => {
      const behind = proven(500);
      behind.backlogged = true;
      const paused = proven(500);
      paused.pause();
      expect([behind.straightRoom(false), paused.straightRoom(false)]).toEqual([0, 0]);
      const host = new TargetHost('host.example', { concurrency: 2, rate: 0 });
      host.waiting = 1;
      host.inFlight = 2;
      expect(newLane(host).straightRoom(false)).toBe(0);
    });

    it('is only tried with one after a pause', () => {
      const lane = proven(500);
      lane.add(waiting(1, Infinity, 2));
      expect(lane.straightRoom(false)).toBe(0);
    });

    it('falls back when something waited in vain', () => {
      const lane = proven(500);
      lane.add(waiting(1, 100));
      lane.dropLate(200);
      expect(lane.straightRoom(false)).toBe(SLOTS);
    });

    it('lets a tour look for one of its retries all the same', () => {
      const lane = proven(500);
      for (let id = 0; id < 400; id += 1) lane.add(waiting(id));
      expect([lane.room(false), lane.tourRoom(false)]).toEqual([0, 1]);
      lane.pause();
      expect(lane.tourRoom(false)).toBe(0);
      expect(newLane().tourRoom(false)).toBe(SLOTS);
    });
  });
});
