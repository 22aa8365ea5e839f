import { describe, expect, it } from '@jest/globals';
import { TargetHost } from './target-host.js';

describe('A host that is sent to', () => {
  it('gets so many requests at once, and another when one has ended', () => {
    const host = new TargetHost('host.example', { concurrency: 2, rate: 0 });
    host.begin();
    expect(host.hasRoom(0)).toBe(true);
    host.begin();
    expect(host.hasRoom(0)).toBe(false);
    host.end();
    expect(host.hasRoom(0)).toBe(true);
  });

  it('gets a burst of its rate, and then as many a second', () => {
    const host = new TargetHost('host.example', { concurrency: 1_000, rate: 50 });
    const sent = (now: number): number => {
      let count = 0;
      for (; count < 1_000 && host.hasRoom(now); count += 1) {
        host.begin();
        host.end();
      }
      return count;
    };
    expect(sent(1_000_000)).toBe(50);
    expect(sent(1_000_010)).toBe(0);
    expect(host.delay(1_000_010)).toBeCloseTo(10);
    expect(sent(1_000_020)).toBe(1);
    expect(sent(1_000_520)).toBe(25);
    // What it did not use it can't save up.
    expect(sent(9_000_000)).toBe(50);
  });

  it('is held back when its limits make enough wait, and not before', () => {
    const host = new TargetHost('host.example', { concurrency: 4, rate: 0 });
    for (let count = 0; count < 4; count += 1) host.begin();
    host.waiting = 1;
    expect(host.isHeldBack(0)).toBe(false);
    host.waiting = 2;
    expect(host.isHeldBack(0)).toBe(true);
    host.end();
    expect(host.isHeldBack(0)).toBe(false);
  });

  it('is crowded from half of what it may get at once', () => {
    const host = new TargetHost('host.example', { concurrency: 4, rate: 0 });
    host.begin();
    expect(host.isCrowded).toBe(false);
    host.begin();
    expect(host.isCrowded).toBe(true);
  });
});
