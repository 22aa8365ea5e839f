import { describe, expect, it } from '@jest/globals';
import { withArrivals } from './trace.js';

const sent = [
  { extractionId: 'extract-0', intended: 0, begun: 1 },
  { extractionId: 'extract-1', intended: 5, begun: 5 },
];

describe('withArrivals', () => {
  it('takes the first arrival of each event when arrivals are out of order', () => {
    const arrivals = [
      { extractionId: 'extract-1', at: 9 },
      { extractionId: 'extract-0', at: 12 },
      { extractionId: 'extract-1', at: 15 },
    ];
    expect(withArrivals(sent, arrivals).map(({ arrived }) => arrived)).toEqual([12, 9]);
  });

  it('throws when an event did not arrive', () => {
    expect(() => withArrivals(sent, [{ extractionId: 'extract-0', at: 12 }])).toThrow('extract-1 did not arrive');
  });
});
