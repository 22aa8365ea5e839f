import { describe, expect, it } from '@jest/globals';
import { now } from './clock.js';
import { openLoop } from './open-loop.js';

describe('openLoop', () => {
  it('sends on while an earlier request has no answer', async () => {
    let answerFirst: () => void = () => undefined;
    const times = await openLoop({ rate: 1_000, count: 5 }, (index) => {
      if (index === 0) return new Promise<void>((resolve) => (answerFirst = resolve));
      if (index === 4) answerFirst();
      return Promise.resolve();
    });
    expect(times).toHaveLength(5);
  });

  it('keeps the intended times when it is held up itself', async () => {
    const times = await openLoop({ rate: 1_000, count: 4 }, async (index) => {
      const end = now() + 20;
      while (index === 0 && now() < end);
    });
    const [first, second] = times;
    expect(times.map(({ intended }) => Math.round(intended - (first?.intended ?? 0)))).toEqual([0, 1, 2, 3]);
    expect((second?.begun ?? 0) - (second?.intended ?? 0)).toBeGreaterThan(10);
  });

  it('fails with what a request failed with', async () => {
    const broken = openLoop({ rate: 1_000, count: 3 }, async (index) => {
      if (index === 1) throw new Error('refused');
    });
    await expect(broken).rejects.toThrow('refused');
  });
});
