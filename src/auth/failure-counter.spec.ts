import { describe, expect, it } from '@jest/globals';
import { FailureCounter } from './failure-counter.js';

const MINUTE = 60_000;

describe('A counter of failures', () => {
  it('blocks a source from its last allowed failure until a minute after its first one', () => {
    const counter = new FailureCounter(3);
    expect([counter.add('a', 1_000), counter.add('a', 2_000)]).toEqual([false, false]);
    expect(counter.blockedForMs('a', 2_000)).toBe(0);
    expect([counter.add('a', 3_000), counter.add('a', 3_500)]).toEqual([true, false]);
    expect(counter.blockedForMs('a', 4_000)).toBe(57_000);
    expect(counter.blockedForMs('a', MINUTE + 999)).toBe(1);
    expect(counter.blockedForMs('a', MINUTE + 1_000)).toBe(0);
    expect(counter.blockedForMs('b', 4_000)).toBe(0);
  });

  it('counts from zero again after a window', () => {
    const counter = new FailureCounter(2);
    counter.add('a', 0);
    expect(counter.add('a', MINUTE)).toBe(false);
    expect(counter.add('a', MINUTE)).toBe(true);
  });

  it('forgets windows that have ended', () => {
    const counter = new FailureCounter(2);
    for (let source = 0; source < 500; source += 1) counter.add(`${source}`, source);
    counter.add('late', 2 * MINUTE);
    expect(counter.size).toBe(1);
  });

  it('remembers at most the 10,000 latest sources', () => {
    const counter = new FailureCounter(1);
    for (let source = 0; source < 100_000; source += 1) counter.add(`${source}`, 1);
    expect(counter.size).toBe(10_000);
    expect(counter.blockedForMs('99999', 2)).toBeGreaterThan(0);
    expect(counter.blockedForMs('90000', 2)).toBeGreaterThan(0);
    expect(counter.blockedForMs('0', 2)).toBe(0);
  });

  it('forgets no other source when it counts a known one', () => {
    const counter = new FailureCounter(5);
    for (let source = 0; source < 10_000; source += 1) counter.add(`${source}`, 1);
    counter.add('9999', 2);
    expect(counter.size).toBe(10_000);
  });
});
