import { describe, expect, it } from '@jest/globals';
import { resultOf, type Figure } from './figure.js';

const figure: Figure = { bench: 'dispatch', what: 'events', unit: '/s', values: [300, 100, 200] };

describe('resultOf', () => {
  it('returns the median, the minimum and the maximum of the rounds', () => {
    expect(resultOf(figure)).toMatchObject({ value: 200, min: 100, max: 300 });
  });

  it('compares each round with the reference of the same round', () => {
    // In the second round the machine was slow, so both values are low.
    const reference = { what: 'limit', values: [600, 200, 400] };
    expect(resultOf({ ...figure, reference }).ratio).toBe(0.5);
  });

  it.each([
    ['at least', 200, true],
    ['at least', 201, false],
    ['at most', 200, true],
    ['at most', 199, false],
  ] as const)('compares the value with the goal %s %d', (is, bound, reached) => {
    expect(resultOf({ ...figure, asked: [{ of: 'value', is, bound }] }).reached).toBe(reached);
  });

  it('reports success when one of several goals is reached', () => {
    const reference = { what: 'limit', values: [100, 100, 100] };
    const asked: Figure['asked'] = [
      { of: 'value', is: 'at least', bound: 10_000 },
      { of: 'ratio', is: 'at least', bound: 2 },
    ];
    expect(resultOf({ ...figure, reference, asked }).reached).toBe(true);
  });

  it('reports failure when the figure has no value', () => {
    expect(resultOf({ ...figure, values: [], asked: [{ of: 'value', is: 'at most', bound: 1 }] }).reached).toBe(false);
  });

  it('omits the outcome when the figure has no goal', () => {
    expect(resultOf(figure)).not.toHaveProperty('reached');
  });
});
