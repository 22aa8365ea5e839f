import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { loadConfig } from '../config/environment.js';
import { ListedRetrySchedule, type RetryContext } from './retry-schedule.js';

const MINUTE = 60_000;
const HOUR = 3_600_000;
/** The documented delays, with the delay before the first attempt. */
const PROMISED = [0, 5_000, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];
/** A random number that leaves each delay unchanged. */
const middle = () => 0.5;

function delaysOf(schedule: ListedRetrySchedule, attempts: number): (number | undefined)[] {
  return Array.from({ length: attempts }, (_, index) => schedule.delayAfter(index + 1));
}

describe('Retry schedule', () => {
  it('tries ten times over three days by default', () => {
    const { retrySchedule } = loadConfig({});
    expect(retrySchedule).toEqual(PROMISED);
    const schedule = new ListedRetrySchedule(retrySchedule, middle);
    expect(delaysOf(schedule, 10)).toEqual([...PROMISED.slice(1), undefined]);
  });

  it('has no retry after the last attempt, nor after a later one', () => {
    const schedule = new ListedRetrySchedule([0, 1_000], middle);
    expect(delaysOf(schedule, 4)).toEqual([1_000, undefined, undefined, undefined]);
    expect(new ListedRetrySchedule([0]).delayAfter(1)).toBeUndefined();
    expect(new ListedRetrySchedule(PROMISED).delayAfter(1e9)).toBeUndefined();
  });

  it('shortens and lengthens each delay by at most a fifth', () => {
    expect(new ListedRetrySchedule([0, 10_000], () => 0).delayAfter(1)).toBe(8_000);
    expect(new ListedRetrySchedule([0, 10_000], () => 0.999_999).delayAfter(1)).toBe(12_000);
  });

  it('keeps a delay of 0 with any random number', () => {
    expect(new ListedRetrySchedule([0, 0], () => 0.9).delayAfter(1)).toBe(0);
  });

  it('stays within a fifth of any delay, in whole milliseconds', () => {
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.nat({ max: 30 * 24 * HOUR }), chance, (delay, random) => {
        const jittered = new ListedRetrySchedule([0, delay], () => random).delayAfter(1) ?? Number.NaN;
        expect(Number.isInteger(jittered)).toBe(true);
        expect(jittered).toBeGreaterThanOrEqual(Math.floor(delay * 0.8));
        expect(jittered).toBeLessThanOrEqual(Math.ceil(delay * 1.2));
      }),
    );
  });

  it('spreads retries that failed together, with a random number for each call', () => {
    const schedule = new ListedRetrySchedule([0, HOUR]);
    const delays = new Set(Array.from({ length: 50 }, () => schedule.delayAfter(1)));
    expect(delays.size).toBeGreaterThan(10);
  });

  it('can be extended with a rule for some webhooks', () => {
    class PlanSchedule extends ListedRetrySchedule {
      override delayAfter(attemptsMade: number, context: RetryContext): number | undefined {
        const isFree = context.metadata.plan === 'free';
        return isFree && attemptsMade > 1 ? undefined : super.delayAfter(attemptsMade, context);
      }
    }
    const schedule = new PlanSchedule([0, 1_000, 2_000], middle);
    const outcome = { response: null, error: 'connection refused', durationMs: 1 };
    const context = { webhookId: 'webhook-1', userId: 'uid_1', event: 'extraction.completed', outcome };
    expect(schedule.delayAfter(2, { ...context, metadata: { plan: 'free' } })).toBeUndefined();
    expect(schedule.delayAfter(2, { ...context, metadata: {} })).toBe(2_000);
  });

  it('waits longer each time when the configured delays grow and the random number is the same', () => {
    const growing = fc.array(fc.nat({ max: 30 * 24 * HOUR }), { minLength: 1, maxLength: 50 }).map((delays) => {
      return delays.sort((one, other) => one - other);
    });
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(growing, chance, (configured, random) => {
        const delays = delaysOf(new ListedRetrySchedule(configured, () => random), configured.length);
        expect(delays.pop()).toBeUndefined();
        expect(delays).toEqual([...delays].sort((one, other) => (one ?? 0) - (other ?? 0)));
      }),
    );
  });
});
