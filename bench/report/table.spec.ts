import { describe, expect, it } from '@jest/globals';
import { resultOf, type Figure } from './figure.js';
import { numberOf, tableOf } from './table.js';

describe('tableOf', () => {
  it('aligns figures, references and goals', () => {
    const figures: Figure[] = [
      { bench: 'limit', what: 'requests', unit: '/s', values: [9_500] },
      {
        bench: 'dispatch',
        what: 'events',
        unit: '/s',
        values: [4_000, 5_000, 6_000],
        reference: { what: 'limit', values: [10_000, 10_000, 10_000] },
        asked: [{ of: 'ratio', is: 'at least', bound: 0.5 }],
      },
      {
        bench: 'latency',
        what: 'p50',
        unit: 'ms',
        values: [12.34],
        asked: [{ of: 'value', is: 'at most', bound: 10 }],
      },
    ];
    expect(tableOf(figures.map(resultOf))).toBe(
      [
        '| bench    | figure   |   value |     min – max | reference       | ratio | goal     | reached |',
        '| -------- | -------- | ------: | ------------: | --------------- | ----: | -------- | ------- |',
        '| limit    | requests | 9,500/s |               |                 |       |          |         |',
        '| dispatch | events   | 5,000/s | 4,000 – 6,000 | limit: 10,000/s |  0.50 | ≥ 0.50 × | yes     |',
        '| latency  | p50      | 12.3 ms |               |                 |       | ≤ 10 ms  | no      |',
      ].join('\n'),
    );
  });
});

describe('numberOf', () => {
  it.each([
    [12_345.6, '12,346'],
    [100, '100'],
    [99.94, '99.9'],
    [1.234, '1.23'],
    [Number.NaN, '?'],
  ])('formats %d as %s', (value, text) => {
    expect(numberOf(value)).toBe(text);
  });
});
