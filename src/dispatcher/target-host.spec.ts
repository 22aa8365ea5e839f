import { describe, expect, it } from '@jest/globals';
import { TargetHost } from './target-host.js';

describe('TargetHost', () => {
  it('starts a request beyond its concurrency only when another has ended', () => {
    const host = new TargetHost('host.example', { concurrency: 2, rate: 0 });
    host.start(0);
    expect(host.canStart(0)).toBe(true);
    host.start(0);
    expect(host.canStart(0)).toBe(false);
    host.end();
    expect(host.canStart(0)).toBe(true);
  });

  it('starts a burst of its rate and then as many per second', () => {
    const host = new TargetHost('host.example', { concurrency: 1_000, rate: 50 });
    const sent = (now: number): number => {
      let count = 0;
      for (; count < 1_000 && host.canStart(now); count += 1) {
        host.start(now);
        host.end();
      }
      return count;
    };
    expect(sent(1_000_000)).toBe(50);
    expect(sent(1_000_010)).toBe(0);
    expect(host.delay(1_000_010)).toBeCloseTo(10);
    expect(sent(1_000_020)).toBe(1);
    expect(sent(1_000_520)).toBe(25);
    // An unused rate is not saved.
    expect(sent(9_000_000)).toBe(50);
  });

  it('is saturated when its limits make half of its concurrency wait, and not before', () => {
    const host = new TargetHost('host.example', { concurrency: 4, rate: 0 });
    for (let count = 0; count < 4; count += 1) host.start(0);
    host.buffer();
    expect(host.isSaturated(0)).toBe(false);
    host.buffer();
    expect(host.isSaturated(0)).toBe(true);
    host.end();
    expect(host.isSaturated(0)).toBe(false);
    host.start(0);
    host.unbuffer();
    expect(host.isSaturated(0)).toBe(false);
  });

  it('is under pressure when half of its concurrency is taken', () => {
    const host = new TargetHost('host.example', { concurrency: 4, rate: 0 });
    host.start(0);
    expect(host.pressure).toBe(false);
    host.start(0);
    expect(host.pressure).toBe(true);
  });

  it('is idle when no request is in flight and its rate covers all requests', () => {
    const host = new TargetHost('host.example', { concurrency: 4, rate: 2 });
    expect(host.isIdle(0)).toBe(true);
    host.start(0);
    expect(host.isIdle(1_000)).toBe(false);
    host.end();
    expect([host.isIdle(499), host.isIdle(500)]).toEqual([false, true]);
    host.buffer();
    expect(host.isIdle(500)).toBe(false);
  });
});
