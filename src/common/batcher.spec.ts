import { describe, expect, it } from '@jest/globals';
import { Batcher, upTo } from './batcher.js';

/** Work that a test ends explicitly and that records its batches. */
class HeldWork {
  readonly batches: string[][] = [];
  private ended = 0;
  private readonly ends: ((error?: unknown) => void)[] = [];

  readonly do = (items: string[]): Promise<string[]> => {
    this.batches.push(items);
    return new Promise((resolve, reject) => {
      this.ends.push((error) =>
        error === undefined ? resolve(items.map((item) => item.toUpperCase())) : reject(error),
      );
    });
  };

  /** Resolves when this many batches have started. */
  async begun(count: number): Promise<void> {
    while (this.batches.length < count) await new Promise((resolve) => setImmediate(resolve));
  }

  async end(error?: unknown): Promise<void> {
    await this.begun(this.ended + 1);
    this.ended += 1;
    this.ends.shift()?.(error);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const unavailable = new Error('gone');
const timeout = Object.assign(new Error('late'), { code: 'ETIMEDOUT' });

describe('A batcher', () => {
  it('makes one batch of items that arrive at once, and one of those that arrive while it runs', async () => {
    const work = new HeldWork();
    const batcher = new Batcher(work.do, upTo(10));
    const results = ['a', 'b'].map((item) => batcher.add(item));
    await work.begun(1);
    results.push(...['c', 'd', 'e'].map((item) => batcher.add(item)));
    await work.end();
    expect(work.batches).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
    await work.end();
    expect(await Promise.all(results)).toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  it('runs as many batches at the same time as allowed', async () => {
    const work = new HeldWork();
    const batcher = new Batcher(work.do, upTo(1), { atOnce: 2 });
    for (const item of ['a', 'b', 'c']) void batcher.add(item);
    await work.begun(2);
    await new Promise((resolve) => setImmediate(resolve));
    expect(work.batches).toEqual([['a'], ['b']]);
    await work.end();
    expect(work.batches).toEqual([['a'], ['b'], ['c']]);
  });

  it('collects more items after a batch when it lingers', async () => {
    const work = new HeldWork();
    const batcher = new Batcher(work.do, upTo(10), { lingerMs: 20 });
    void batcher.add('a');
    await work.begun(1);
    await work.end();
    void batcher.add('b');
    await new Promise((resolve) => setImmediate(resolve));
    void batcher.add('c');
    await work.begun(2);
    expect(work.batches).toEqual([['a'], ['b', 'c']]);
  });

  it('ends the pause when enough items wait', async () => {
    const work = new HeldWork();
    const batcher = new Batcher(work.do, upTo(10), { lingerMs: 60_000, enough: 3 });
    void batcher.add('a');
    await work.end();
    for (const item of ['b', 'c']) void batcher.add(item);
    await new Promise((resolve) => setImmediate(resolve));
    expect(work.batches).toEqual([['a']]);
    void batcher.add('d');
    await work.begun(2);
    // Enough items arrived while the previous batch ran.
    for (const item of ['e', 'f', 'g', 'h']) void batcher.add(item);
    await work.end();
    await work.begun(3);
    expect(work.batches).toEqual([['a'], ['b', 'c', 'd'], ['e', 'f', 'g', 'h']]);
  });

  it('limits batches to the admitted items in order of arrival', async () => {
    const work = new HeldWork();
    const batcher = new Batcher(work.do, upTo(2));
    for (const item of ['a', 'b', 'c', 'd']) void batcher.add(item);
    await work.end();
    await work.end();
    expect(work.batches).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('makes a batch of one item when no batch admits it', async () => {
    const work = new HeldWork();
    const batcher = new Batcher(work.do, () => () => false);
    for (const item of ['a', 'b']) void batcher.add(item);
    await work.end();
    expect(work.batches).toEqual([['a'], ['b']]);
  });

  it('continues after it was idle', async () => {
    const work = new HeldWork();
    const batcher = new Batcher(work.do, upTo(10));
    const first = batcher.add('a');
    await work.end();
    expect(await first).toBe('A');
    const second = batcher.add('b');
    await work.end();
    expect(await second).toBe('B');
  });

  it('tries each item alone when its batch fails', async () => {
    const batcher = new Batcher(async (items: string[]) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (items.includes('bad')) throw new Error('refused');
      return items.map((item) => item.toUpperCase());
    }, upTo(10));
    const results = await Promise.allSettled(['a', 'b', 'bad', 'c'].map((item) => batcher.add(item)));
    expect(results.map((result) => (result.status === 'fulfilled' ? result.value : 'refused'))).toEqual([
      'A',
      'B',
      'refused',
      'C',
    ]);
  });

  it('rejects a whole batch when its error would come for each item', async () => {
    const work = new HeldWork();
    const batcher = new Batcher(work.do, upTo(10), { failsAll: (error) => error === unavailable });
    const results = Promise.allSettled(['a', 'b', 'c'].map((item) => batcher.add(item)));
    await work.end(unavailable);
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(work.batches).toEqual([['a', 'b', 'c']]);
  });

  it('rejects items that wait too long and accepts later ones', async () => {
    const work = new HeldWork();
    const batcher = new Batcher(work.do, upTo(10), { maxWait: { ms: 500, error: () => timeout } });
    const first = batcher.add('a');
    await work.begun(1);
    const late = batcher.add('b');
    await expect(late).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    const inTime = batcher.add('c');
    await work.end();
    expect(work.batches).toEqual([['a'], ['c']]);
    await work.end();
    expect(await Promise.all([first, inTime])).toEqual(['A', 'C']);
  });
});
