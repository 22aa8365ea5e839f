import { describe, expect, it } from '@jest/globals';
import { Batcher, upTo } from './batcher.js';

/** Work that ends when it is told to, and keeps what it was given. */
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

  /** Resolves when so many batches have begun. */
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
  it('takes together what comes in at once, and what comes in meanwhile', async () => {
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

  it('has as many batches under way as it is told', async () => {
    const work = new HeldWork();
    const batcher = new Batcher(work.do, upTo(1), { atOnce: 2 });
    for (const item of ['a', 'b', 'c']) void batcher.add(item);
    await work.begun(2);
    await new Promise((resolve) => setImmediate(resolve));
    expect(work.batches).toEqual([['a'], ['b']]);
    await work.end();
    expect(work.batches).toEqual([['a'], ['b'], ['c']]);
  });

  it('lets more gather behind a batch when it is told to linger', async () => {
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

  it('lingers no longer than until enough has gathered', async () => {
    const work = new HeldWork();
    const batcher = new Batcher(work.do, upTo(10), { lingerMs: 60_000, enough: 3 });
    void batcher.add('a');
    await work.end();
    for (const item of ['b', 'c']) void batcher.add(item);
    await new Promise((resolve) => setImmediate(resolve));
    expect(work.batches).toEqual([['a']]);
    void batcher.add('d');
    await work.begun(2);
    // Enough came while the batch before was under way.
    for (const item of ['e', 'f', 'g', 'h']) void batcher.add(item);
    await work.end();
    await work.begun(3);
    expect(work.batches).toEqual([['a'], ['b', 'c', 'd'], ['e', 'f', 'g', 'h']]);
  });

  it('takes no more at once than its batches admit, in the order they came', async () => {
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

  it('takes an item alone that no batch admits', async () => {
    const work = new HeldWork();
    const batcher = new Batcher(work.do, () => () => false);
    for (const item of ['a', 'b']) void batcher.add(item);
    await work.end();
    expect(work.batches).toEqual([['a'], ['b']]);
  });

  it('goes on after it was idle', async () => {
    const work = new HeldWork();
    const batcher = new Batcher(work.do, upTo(10));
    const first = batcher.add('a');
    await work.end();
    expect(await first).toBe('A');
    const second = batcher.add('b');
    await work.end();
    expect(await second).toBe('B');
  });

  it('tries each item of a batch alone when the batch fails, so that a bad one harms no other', async () => {
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

  it('rejects what waits too long for its batch, and takes what comes after it', async () => {
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
