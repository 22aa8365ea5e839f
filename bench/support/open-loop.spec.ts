import { describe, expect, it } from '@jest/globals';
import { EventEmitter, once } from 'node:events';
import { now } from './clock.js';
import { openLoop } from './open-loop.js';

describe('openLoop', () => {
  it('sends the next request when an earlier one has no response', async () => {
    const first = new EventEmitter();
    const times = await openLoop({ rate: 1_000, count: 5 }, (index) => {
      if (index === 4) first.emit('answer');
      return index === 0 ? once(first, 'answer') : Promise.resolve();
    });
    expect(times).toHaveLength(5);
  });

  it('keeps the intended times when the process stalls', async () => {
    const times = await openLoop({ rate: 1_000, count: 4 }, async (index) => {
      const end = now() + (index === 0 ? 20 : 0);
      let at = now();
      while (at < end) at = now();
    });
    const [first, second] = times;
    expect(times.map(({ intended }) => Math.round(intended - (first?.intended ?? 0)))).toEqual([0, 1, 2, 3]);
    expect((second?.begun ?? 0) - (second?.intended ?? 0)).toBeGreaterThan(10);
  });

  it('rejects with the error of a request when the request fails', async () => {
    const broken = openLoop({ rate: 1_000, count: 3 }, async (index) => {
      if (index === 1) throw new Error('refused');
    });
    await expect(broken).rejects.toThrow('refused');
  });
});
