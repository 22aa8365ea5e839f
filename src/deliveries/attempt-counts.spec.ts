import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { runs } from '../../test/support/run-length.js';
import { AttemptSum, type AttemptCounts } from './attempt-counts.js';

/** A part with these durations. */
function partOf(durations: readonly number[]): AttemptCounts {
  const pairs = durations.map((duration) => `${duration}:1`);
  return { attempts: durations.length, succeeded: durations.length, durations: pairs.join(',') };
}

/** As the documentation of PostgreSQL defines `percentile_cont`. */
function expected(durations: readonly number[], share: number): number {
  const sorted = durations.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return low + (place - Math.floor(place)) * (high - low);
}

describe('AttemptSum', () => {
  it('has nulls without attempts', () => {
    const sum = new AttemptSum();
    sum.add(partOf([]));
    expect(sum.statistics()).toEqual({ attempts: 0, succeeded: 0, p50: null, p95: null, p99: null });
  });

  it('adds up counts of equal durations', () => {
    const sum = new AttemptSum();
    sum.add({ attempts: 3, succeeded: 2, durations: '10:2,30:1' });
    sum.add({ attempts: 1, succeeded: 0, durations: '10:1' });
    expect(sum.statistics()).toEqual({
      attempts: 4,
      succeeded: 2,
      p50: 10,
      p95: expect.closeTo(27),
      p99: expect.closeTo(29.4),
    });
  });

  it('has the percentiles of all attempts together for any parts', () => {
    const part = fc.array(fc.integer({ min: 0, max: 600_000 }), { maxLength: 50 });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
        const all = parts.flat();
        fc.pre(all.length > 0);
        const sum = new AttemptSum();
        for (const durations of parts) {
          const part = new AttemptSum();
          part.add(partOf(durations));
          sum.addAll(part);
        }
        const { p50, p95, p99, attempts } = sum.statistics();
        expect(attempts).toBe(all.length);
        for (const [got, share] of [
          [p50, 0.5],
          [p95, 0.95],
          [p99, 0.99],
        ] as const) {
          expect(got).toBeCloseTo(expected(all, share), 2);
        }
      }),
      { numRuns: runs(500) },
    );
  });
});
