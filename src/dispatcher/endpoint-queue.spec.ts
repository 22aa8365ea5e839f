import { describe, expect, it } from '@jest/globals';
import type { AttemptOutcome } from '../queue/attempt-outcome.js';
import type { LeasedDelivery } from '../queue/outbox.types.js';
import type { BufferedDelivery } from './buffered-delivery.js';
import { EndpointQueue } from './endpoint-queue.js';
import { TargetHost } from './target-host.js';
import type { TargetHosts } from './target-hosts.js';
import { Target } from './target.js';

const SLOTS = 10;
const URL = 'https://host.example/';

const targetAt = (host: TargetHost, url = URL) => new Target(url, 'https://u@host.example', '/', host);
const anyTarget = targetAt(new TargetHost('host.example', { concurrency: 1_000, rate: 0 }));

function item(id: number, sendBefore = Infinity, throttleCount = 0): BufferedDelivery {
  const delivery = { id: String(id), throttleCount, permit: null } as LeasedDelivery;
  return { delivery, target: anyTarget, arrival: { source: 'claim', clock: Date.now, sendBefore } };
}

function newQueue(host = anyTarget.host, isLiveLoadHigh = () => false): EndpointQueue {
  const queue = new EndpointQueue('w', 'u', SLOTS, isLiveLoadHigh);
  queue.targetAt(URL, undefined, { targetOf: () => targetAt(host) } as unknown as TargetHosts);
  return queue;
}

/** Adds this number of deliveries, starts the first ones and leaves the others buffered. */
function fill(queue: EndpointQueue, count: number, started = 0): EndpointQueue {
  for (let id = 1; id <= count; id += 1) queue.add(item(id));
  for (let id = 1; id <= started; id += 1) queue.take(0);
  return queue;
}

/** Fills the demand of the queue and empties it, this number of times. */
function fillAndEmpty(queue: EndpointQueue, times: number): void {
  for (let time = 0; time < times; time += 1) {
    const demand = queue.demand('due', false);
    queue.suspectMore();
    fill(queue, demand);
    for (let index = 0; index < demand; index += 1) {
      queue.take(0);
      queue.answered(undefined);
    }
  }
}

function outcome(durationMs: number): AttemptOutcome {
  return { response: { status: 500, headers: {}, body: '', truncated: false }, error: 'HTTP 500', durationMs };
}

const success = (durationMs: number): AttemptOutcome => ({ ...outcome(durationMs), error: null });

/** Sends one request with each outcome. */
function answer(queue: EndpointQueue, ...outcomes: AttemptOutcome[]): EndpointQueue {
  for (const each of outcomes) {
    fill(queue, 1, 1);
    queue.answered(each);
  }
  return queue;
}

/** A queue with one request in flight and one delivery buffered. */
function busy(...outcomes: AttemptOutcome[]): EndpointQueue {
  return fill(answer(newQueue(), ...outcomes), 2, 1);
}

function fullHost(concurrency: number, inFlight: number): TargetHost {
  const host = new TargetHost('host.example', { concurrency, rate: 0 });
  for (let count = 0; count < inFlight; count += 1) host.start();
  return host;
}

describe('EndpointQueue', () => {
  it('demands as many deliveries as it has slots when it is new', () => {
    expect(newQueue().demand('due', false)).toBe(SLOTS);
  });

  it('starts deliveries in the order of arrival', () => {
    const queue = fill(newQueue(), 3);
    expect([queue.take(0), queue.take(0), queue.take(0)].map(({ next }) => next?.delivery.id)).toEqual(['1', '2', '3']);
    expect(queue.take(0).next).toBeUndefined();
  });

  it('can send only while a slot is free and a delivery is buffered', () => {
    const queue = newQueue();
    expect(queue.wantsTurn).toBe(false);
    fill(queue, SLOTS + 1, SLOTS - 1);
    expect(queue.wantsTurn).toBe(true);
    queue.take(0);
    expect(queue.wantsTurn).toBe(false);
    queue.answered(undefined);
    expect(queue.wantsTurn).toBe(true);
  });

  it('doubles its window each time the webhook empties it with more due, up to 32 times its slots', () => {
    const queue = newQueue();
    fillAndEmpty(queue, 1);
    expect(queue.demand('due', false)).toBe(SLOTS * 2);
    fillAndEmpty(queue, 10);
    expect(queue.demand('due', false)).toBe(SLOTS * 32);
  });

  it('does not grow when no more is due', () => {
    const queue = fill(newQueue(), 1, 1);
    queue.answered(undefined);
    expect(queue.demand('due', false)).toBe(SLOTS);
  });

  it('removes deliveries that are too late, and returns to its slots', () => {
    const queue = newQueue();
    fillAndEmpty(queue, 3);
    queue.add(item(1, 100));
    queue.add(item(2, 300));
    const { next, late } = queue.take(200);
    expect(next?.delivery.id).toBe('2');
    expect(late.map(({ delivery }) => delivery.id)).toEqual(['1']);
    queue.answered(undefined);
    expect(queue.demand('due', false)).toBe(SLOTS);
  });

  it('sends and demands nothing while it is blocked', () => {
    const queue = fill(newQueue(), 1);
    queue.suspectMore();
    queue.block();
    queue.suspectMore();
    expect(queue).toMatchObject({ wantsTurn: false, isIdle: false });
    expect([queue.demand('due', false), queue.wantsMore(false), queue.maySend(false)]).toEqual([0, false, false]);
    queue.unblock();
    expect(queue.maySend(false)).toBe(true);
  });

  it('stays blocked until it was unblocked as often as it was blocked', () => {
    const queue = fill(newQueue(), 1);
    queue.block();
    queue.block();
    queue.unblock();
    expect(queue.wantsTurn).toBe(false);
    queue.unblock();
    expect(queue.wantsTurn).toBe(true);
  });

  it('wants more when more is due and half of its limit is free', () => {
    const queue = fill(newQueue(), 6, 6);
    queue.suspectMore();
    expect(queue.wantsMore(false)).toBe(false);
    queue.answered(undefined);
    expect(queue.wantsMore(false)).toBe(true);
    queue.noteMore(false);
    expect(queue.wantsMore(false)).toBe(false);
  });

  it('is not idle while a claim that may fill it is under way', () => {
    const queue = newQueue();
    expect(queue.isIdle).toBe(true);
    queue.markRequested();
    expect(queue).toMatchObject({ isIdle: false, mayHaveMore: true });
    expect(queue.wantsMore(false)).toBe(false);
  });

  it('wants more again after its claim hit a limit', () => {
    const queue = newQueue();
    queue.markRequested();
    queue.noteMore(true);
    expect(queue.mayHaveMore).toBe(true);
    expect(queue.wantsMore(false)).toBe(true);
  });

  it('skips a claim when its deliveries could not start and buffered ones come first', () => {
    expect(newQueue().canSkipClaim(false)).toBe(false);
    expect(fill(newQueue(), SLOTS, SLOTS).canSkipClaim(false)).toBe(true);
    expect(fill(newQueue(), 5).canSkipClaim(false)).toBe(false);
    expect(fill(newQueue(), 6).canSkipClaim(false)).toBe(true);
    expect(fill(newQueue(), 6, 6).canSkipClaim(false)).toBe(false);
  });

  it('removes only the deliveries that waited too long', () => {
    const queue = newQueue();
    queue.add(item(1, 100));
    queue.add(item(2, 200));
    queue.add(item(3, 300));
    expect(queue.dropLate(99)).toEqual([]);
    expect(queue.dropLate(200).map(({ delivery }) => delivery.id)).toEqual(['1', '2']);
    expect(queue.wantsTurn).toBe(true);
    expect(queue.dropLate(300)).toHaveLength(1);
    expect(queue.dropLate(300)).toEqual([]);
  });

  it('takes one slot for the deliveries of a recovery while live deliveries are busy', () => {
    let isLiveLoadHigh = false;
    const queue = answer(
      newQueue(anyTarget.host, () => isLiveLoadHigh),
      success(10),
    );
    const recovered = (id: number): BufferedDelivery => {
      const { delivery, ...rest } = item(id);
      return { ...rest, delivery: { ...delivery, trigger: 'recover' } };
    };
    for (const id of [2, 3, 4]) queue.add(recovered(id));
    isLiveLoadHigh = true;
    expect([queue.maySend(false), queue.yields]).toEqual([true, true]);
    queue.take(0);
    expect(queue.maySend(false)).toBe(false);
    isLiveLoadHigh = false;
    expect([queue.maySend(false), queue.yields]).toEqual([true, false]);
    isLiveLoadHigh = true;
    queue.add(item(5));
    expect([queue.maySend(false), queue.yields]).toEqual([true, false]);
  });

  it('removes all buffered deliveries when it is cleared', () => {
    const queue = fill(newQueue(), 2);
    expect(queue.clear()).toHaveLength(2);
    expect(queue.wantsTurn).toBe(false);
  });

  it('makes its target once for each URL and authentication', () => {
    const queue = new EndpointQueue('w', 'u', SLOTS, () => false);
    const made: string[] = [];
    const hosts = {
      targetOf: (url: string, userId: string, authId?: string) => {
        made.push(`${url} ${userId} ${authId}`);
        return new Target(url, 'https://u@host.example', '/', anyTarget.host, authId);
      },
    } as unknown as TargetHosts;
    const target = queue.targetAt(URL, undefined, hosts);
    expect(queue.targetAt(URL, undefined, hosts)).toBe(target);
    const moved = 'https://host.example/moved';
    expect(queue.targetAt(moved, undefined, hosts)).not.toBe(target);
    for (const authId of ['a', 'a', 'b', undefined]) queue.targetAt(moved, authId, hosts);
    const places = [
      `${URL} u undefined`,
      `${moved} u undefined`,
      `${moved} u a`,
      `${moved} u b`,
      `${moved} u undefined`,
    ];
    expect(made).toEqual(places);
  });

  describe('under pressure', () => {
    it.each([
      ['has not answered yet', []],
      ['answered slowly', [outcome(1_000)]],
      ['answered nothing', [{ response: null, error: 'connection refused', durationMs: 1 }]],
      ['has become slow', [outcome(1), outcome(10_000)]],
    ])('gives one slot to a webhook that %s', (_what, outcomes) => {
      const queue = busy(...outcomes);
      expect([queue.maySend(true), queue.demand('due', true), queue.maySend(false)]).toEqual([false, 0, true]);
      queue.suspectMore();
      expect(queue.wantsMore(true)).toBe(false);
      queue.answered(undefined);
      expect(queue.maySend(true)).toBe(true);
    });

    it.each([
      ['answers fast', [outcome(999)]],
      ['has become fast', [outcome(10_000), outcome(1)]],
    ])('does not limit a webhook that %s', (_what, outcomes) => {
      const queue = busy(...outcomes);
      expect([queue.maySend(true), queue.demand('due', true)]).toEqual([true, SLOTS - 2]);
    });
  });

  it('tries a webhook with one request after a pause, and continues when it has succeeded', () => {
    const queue = newQueue();
    queue.add(item(1, Infinity, 2));
    expect(queue.demand('due', false)).toBe(0);
    expect(queue.take(0).next).toBeDefined();
    queue.add(item(2, Infinity, 2));
    expect([queue.demand('due', false), queue.maySend(false)]).toEqual([0, false]);
    queue.answered(outcome(1));
    expect(queue.maySend(false)).toBe(true);
    queue.take(0);
    queue.answered(success(1));
    expect(queue.demand('due', false)).toBe(SLOTS);
  });

  describe('whose host has limits', () => {
    it('waits and demands nothing while its host is saturated', () => {
      const host = fullHost(2, 2);
      const queue = fill(newQueue(host), 1);
      host.buffer();
      expect([queue.maySend(false), queue.demand('due', false), queue.isSaturated]).toEqual([false, 0, true]);
      host.end();
      expect([queue.maySend(false), queue.demand('due', false), queue.isSaturated]).toEqual([true, SLOTS - 1, false]);
    });

    it('gives one slot to a webhook that is not fast while its host is under pressure', () => {
      const queue = fill(newQueue(fullHost(10, 5)), 3);
      expect(queue.maySend(false)).toBe(true);
      queue.take(0);
      expect(queue.maySend(false)).toBe(false);
      queue.take(0);
      queue.answered(outcome(1));
      expect(queue.maySend(false)).toBe(true);
    });
  });

  describe('on the fast path', () => {
    /** A queue whose webhook sent this number of responses in the last second. */
    function proven(answers: number, each = outcome(1)): EndpointQueue {
      const queue = answer(newQueue(), ...Array.from({ length: answers }, () => each));
      queue.tick();
      return queue;
    }

    it('demands no more than for a claim when the webhook is not proven', () => {
      expect(newQueue().demand('fast-path', false)).toBe(SLOTS);
      expect(newQueue().demand('fast-path', true)).toBe(1);
    });

    it('demands the recent responses per second of its webhook, under any pressure', () => {
      const queue = proven(500);
      expect([queue.demand('fast-path', false), queue.demand('fast-path', true)]).toEqual([500, 500]);
      fill(queue, 10, 9);
      expect(queue.demand('fast-path', false)).toBe(490);
      expect(queue.demand('due', false)).toBe(0);
    });

    it.each([
      ['did not answer', { response: null, error: 'connection refused', durationMs: 1 }],
      ['answered slowly', outcome(1_000)],
    ])('demands no more than its slots when its webhook %s', (_what, each) => {
      expect(proven(500, each).demand('fast-path', false)).toBe(SLOTS);
    });

    it('forgets the response rate step by step, and is not idle while this rate is above its slots', () => {
      const queue = proven(100);
      expect(queue.isIdle).toBe(false);
      queue.tick();
      expect(queue.demand('fast-path', false)).toBe(90);
      for (let seconds = 0; seconds < 30; seconds += 1) queue.tick();
      expect(queue.demand('fast-path', false)).toBe(SLOTS);
      expect(queue.isIdle).toBe(true);
    });

    it('demands nothing when more is due in the table, while it is blocked, and when its host is saturated', () => {
      const behind = proven(500);
      behind.suspectMore();
      const requested = proven(500);
      requested.markRequested();
      const blocked = proven(500);
      blocked.block();
      expect([behind, requested, blocked].map((queue) => queue.demand('fast-path', false))).toEqual([0, 0, 0]);
      const host = new TargetHost('host.example', { concurrency: 2, rate: 0 });
      host.buffer();
      host.start();
      host.start();
      expect(newQueue(host).demand('fast-path', false)).toBe(0);
    });

    it('demands nothing while a delivery tries the webhook after a pause', () => {
      const queue = proven(500);
      queue.add(item(1, Infinity, 2));
      expect(queue.demand('fast-path', false)).toBe(0);
    });

    it('returns to its slots when a delivery waited too long', () => {
      const queue = proven(500);
      queue.add(item(1, 100));
      queue.dropLate(200);
      expect(queue.demand('fast-path', false)).toBe(SLOTS);
    });

    it('leaves one delivery to a scan', () => {
      const queue = fill(proven(500), 400);
      expect([queue.demand('due', false), queue.demand('scan', false)]).toEqual([0, 1]);
      queue.block();
      expect(queue.demand('scan', false)).toBe(0);
      expect(newQueue().demand('scan', false)).toBe(SLOTS);
    });
  });
});
