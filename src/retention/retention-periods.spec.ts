import { describe, expect, it } from '@jest/globals';
import { BatchSize } from './batch-size.js';
import { periodsOf } from './retention-periods.js';

describe('The periods of retention', () => {
  it('are one for all types without a retention of event types', () => {
    expect(periodsOf({ retentionDays: 30, retentionDaysByEvent: {} })).toEqual([{ days: 30, types: 'all' }]);
    expect(periodsOf({ retentionDays: 30, retentionDaysByEvent: { a: 30 } })).toEqual([{ days: 30, types: 'all' }]);
  });

  it('are the different retentions, the shortest first, and the longest for all types', () => {
    expect(periodsOf({ retentionDays: 30, retentionDaysByEvent: { a: 90, b: 7, c: 7, d: 30 } })).toEqual([
      { days: 7, types: { only: ['b', 'c'] } },
      { days: 30, types: { except: ['a', 'b', 'c'] } },
      { days: 90, types: 'all' },
    ]);
  });

  it('end with all types when no named type is kept longer', () => {
    expect(periodsOf({ retentionDays: 30, retentionDaysByEvent: { b: 7 } })).toEqual([
      { days: 7, types: { only: ['b'] } },
      { days: 30, types: 'all' },
    ]);
  });
});

describe('The size of a batch', () => {
  it('follows the speed of the database, within bounds', () => {
    const size = new BatchSize();
    expect(size.rows).toBe(1_000);
    size.took(200);
    expect(size.rows).toBe(1_000);
    for (let number = 0; number < 5; number += 1) size.took(50);
    expect(size.rows).toBe(8_000);
    size.took(500);
    expect(size.rows).toBe(4_000);
    for (let number = 0; number < 9; number += 1) size.took(5_000);
    expect(size.rows).toBe(100);
  });
});
