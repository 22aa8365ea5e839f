import { describe, expect, it } from '@jest/globals';
import { median, percentile } from './statistics.js';

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it.each([
    [0.5, 50],
    [0.99, 99],
    [1, 100],
    [0, 1],
  ])('returns for 1 to 100 at %d: %d', (share, expected) => {
    expect(percentile(hundred, share)).toBe(expected);
  });

  it('returns one of the values when there are few', () => {
    expect(percentile([3, 1, 2], 0.99)).toBe(3);
  });

  it('returns NaN when there are no values', () => {
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe('median', () => {
  it.each([
    [[7], 7],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[], Number.NaN],
  ])('returns for %j: %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('keeps the order of its argument', () => {
    const values = [2, 1];
    median(values);
    expect(values).toEqual([2, 1]);
  });
});
