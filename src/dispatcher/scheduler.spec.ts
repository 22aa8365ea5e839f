import { describe, expect, it } from '@jest/globals';
import type { LeasedDelivery, Permit } from '../queue/outbox.types.js';
import { Capacity, type LeaseSource } from './capacity.js';
import { Scheduler } from './scheduler.js';
import { TargetHost } from './target-host.js';
import type { TargetHosts } from './target-hosts.js';
import { Target } from './target.js';

function given({ slots = 256, rate = 0, clock = Date.now, isLiveLoadHigh = false, turns = Infinity } = {}) {
  const host = new TargetHost('host.example', { concurrency: 128, rate });
  const capacity = new Capacity(slots);
  capacity.open();
  const targetOf = (url: string) => new Target(url, 'https://u@host.example', '/', host);
  const hosts = { targetOf, keep: () => undefined } as unknown as TargetHosts;
  let left = turns;
  const scheduler = new Scheduler(capacity, hosts, 10, { isLiveLoadHigh, takeRecoveryTurn: () => left-- > 0 });
  /** @returns the number of buffered deliveries */
  const buffer = (
    source: LeaseSource,
    count: number,
    webhookUuid = 'w',
    { sendBefore = Infinity, permit = null as Permit | null, trigger = 'event' } = {},
  ): number => {
    const url = 'https://host.example/';
    const delivery = { webhookUuid, userId: 'u', url, payload: 'x'.repeat(100), permit, trigger } as LeasedDelivery;
    const deliveries = Array.from({ length: count }, (_, index) => ({ ...delivery, id: `${webhookUuid}${index}` }));
    return deliveries.filter((each) => scheduler.buffer(each, { source, clock, sendBefore })).length;
  };
  /** The ids of the deliveries that get a turn now. */
  const started = () => {
    const ids: string[] = [];
    for (let turn = scheduler.next(); turn; turn = scheduler.next()) ids.push(turn.next!.delivery.id);
    return ids;
  };
  return { host, capacity, scheduler, buffer, started };
}

describe('Scheduler', () => {
  it('counts buffered deliveries by source until they are removed', () => {
    const { capacity, scheduler, buffer } = given();
    const before = capacity.claimableBytes;
    buffer('claim', 2);
    buffer('fast-path', 3);
    expect(capacity.claimable).toBe(254);
    expect(before - capacity.claimableBytes).toBeGreaterThan(200);
    expect(scheduler.clear()).toHaveLength(5);
    expect([capacity.claimable, capacity.claimableBytes]).toEqual([256, before]);
  });

  it('starts one delivery of each webhook in turn', () => {
    const { buffer, started } = given();
    buffer('claim', 2, 'a');
    buffer('claim', 3, 'b');
    buffer('claim', 1, 'c');
    expect(started()).toEqual(['a0', 'b0', 'c0', 'a1', 'b1', 'b2']);
  });

  it('starts one delivery of a recovery at a time while live deliveries are busy', () => {
    const { buffer, started } = given({ isLiveLoadHigh: true });
    buffer('claim', 5, 'a', { trigger: 'recover' });
    buffer('claim', 3, 'b');
    expect(started()).toEqual(['a0', 'b0', 'b1', 'b2']);
  });

  it('starts no delivery of a recovery without a turn while live deliveries are busy', () => {
    const { buffer, started } = given({ isLiveLoadHigh: true, turns: 1 });
    for (const webhook of ['a', 'b']) buffer('claim', 2, webhook, { trigger: 'recover' });
    expect(started()).toEqual(['a0']);
    buffer('claim', 1, 'c');
    expect(started()).toEqual(['c0']);
  });

  it('gives no turn when no slot is free, and the next turn when a slot is free', () => {
    const { capacity, buffer, started } = given({ slots: 2 });
    buffer('claim', 2, 'a');
    buffer('claim', 1, 'b');
    expect(started()).toEqual(['a0', 'b0']);
    capacity.end();
    // Under pressure a webhook that is not fast gets one slot.
    expect(started()).toEqual([]);
    capacity.end();
    expect(started()).toEqual(['a1']);
  });

  it('starts a delivery when its permit begins under a rate limit, and other webhooks meanwhile', () => {
    let now = 1_000;
    const { scheduler, buffer, started } = given({ clock: () => now });
    buffer('claim', 1, 'limited', { permit: { from: 1_000, to: 1_050 } });
    buffer('claim', 1, 'limited', { permit: { from: 1_020, to: 1_070 } });
    buffer('claim', 1, 'other');
    expect(started()).toEqual(['limited0', 'other0']);
    expect(scheduler.nextDelay()).toBe(20);
    now = 1_019;
    expect(started()).toEqual([]);
    now = 1_020;
    expect(started()).toEqual(['limited0']);
  });

  it('releases a delivery whose permit has expired', () => {
    let now = 1_000;
    const { scheduler, buffer, started } = given({ clock: () => now });
    buffer('claim', 1, 'limited', { permit: { from: 1_000, to: 1_050 } });
    buffer('claim', 1, 'limited', { permit: { from: 1_020, to: 1_070 } });
    now = 1_060;
    expect(scheduler.dropLate()).toHaveLength(1);
    expect(started()).toEqual(['limited0']);
  });

  it('counts a started delivery at its host and in flight', () => {
    const { capacity, host, buffer, started } = given();
    buffer('claim', 1);
    expect(started()).toHaveLength(1);
    expect(capacity.unsettledAttempts).toBe(1);
    expect(capacity.claimable).toBe(255);
    expect(host.isIdle()).toBe(false);
    host.end();
    expect(host.isIdle()).toBe(true);
  });

  it('returns the time until a queue may send when a host limits its rate', () => {
    const { scheduler, buffer, started } = given({ rate: 1 });
    expect(scheduler.nextDelay()).toBeUndefined();
    buffer('claim', 2);
    expect(started()).toHaveLength(1);
    expect(scheduler.nextDelay()).toBeGreaterThan(0);
    expect(scheduler.nextDelay()).toBeLessThanOrEqual(1_000);
  });

  it('rejects claimed deliveries when their host is saturated, and the fast path does not saturate it', () => {
    const { host, scheduler, buffer } = given();
    buffer('fast-path', 1_000);
    for (let count = 0; count < 128; count += 1) host.start();
    expect(host.isSaturated()).toBe(false);
    expect(buffer('claim', 64)).toBe(64);
    expect(host.isSaturated()).toBe(true);
    expect(buffer('claim', 1, 'other')).toBe(0);
    expect(scheduler.get('other')?.mayHaveMore).toBe(true);
  });

  it('removes deliveries that waited too long', () => {
    const { capacity, scheduler, buffer, started } = given();
    buffer('claim', 2, 'a', { sendBefore: performance.now() - 1 });
    buffer('claim', 1, 'b', { sendBefore: performance.now() - 1 });
    const turn = scheduler.next();
    expect([turn?.next, turn?.late.length]).toEqual([undefined, 2]);
    expect(scheduler.dropLate()).toHaveLength(1);
    expect(capacity.claimable).toBe(256);
    expect(started()).toEqual([]);
  });

  it('keeps the current queue when an attempt of an older one is settled late', () => {
    const { scheduler, buffer, started } = given();
    buffer('claim', 1);
    const before = scheduler.get('w')!;
    started();
    before.answered(undefined);
    scheduler.forgetIdle(before);
    buffer('claim', 2);
    const after = scheduler.get('w');
    expect(after).not.toBe(before);
    scheduler.forgetIdle(before);
    expect(scheduler.get('w')).toBe(after);
    // The webhook is deleted: its buffered deliveries must be found.
    expect(scheduler.clear('w')).toHaveLength(2);
  });
});
