import { setImmediate as nextTurn } from 'node:timers/promises';
import { DatabaseDeadlineError } from './database-deadline.error.js';
import { isUnavailable } from './prisma-errors.js';

interface Waiting<Item, Result> {
  item: Item;
  /** Time of arrival by `performance.now()`, in milliseconds. */
  since: number;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/** Decides whether the next item joins a batch. The first item of a batch always joins. */
export type Admission<Item> = (item: Item) => boolean;

/**
 * Group commit: items that arrive while a batch runs form the next batch. Batches grow with the load; an idle process
 * runs each item immediately.
 */
export class Batcher<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private running = 0;
  private expiry: NodeJS.Timeout | undefined;
  private endLinger: () => void = () => undefined;

  /**
   * @param work runs a batch and returns one result per item, in the same order. If it rejects for several items, each is
   *   tried alone, so that an invalid item does not fail the others. If the database is unavailable, all are rejected.
   * @param newBatch makes the function that admits items to a batch
   * @param options.atOnce maximum batches that run at the same time; default 1
   * @param options.lingerMs pause after each batch in which the next one grows: fewer, larger batches cost less
   * @param options.enough number of waiting items that ends the pause early
   * @param options.maxWaitMs how long an item may wait for a batch before it is rejected; default: no limit
   */
  constructor(
    private readonly work: (items: Item[]) => Promise<readonly Result[]>,
    private readonly newBatch: () => Admission<Item>,
    private readonly options: { atOnce?: number; lingerMs?: number; enough?: number; maxWaitMs?: number } = {},
  ) {}

  /** Adds an item. Resolves with its result or rejects with its error. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, since: performance.now(), resolve, reject });
      this.expiry ??= this.expireLater();
      if (this.running < (this.options.atOnce ?? 1)) void this.run();
      if (this.waiting.length === this.options.enough) this.endLinger();
    });
  }

  private expireLater(): NodeJS.Timeout | undefined {
    const { maxWaitMs } = this.options;
    const [oldest] = this.waiting;
    if (maxWaitMs === undefined || oldest === undefined) return undefined;
    return setTimeout(
      () => {
        const now = performance.now();
        const inTime = this.waiting.findIndex(({ since }) => since + maxWaitMs > now);
        const overdue = this.waiting.splice(0, inTime === -1 ? this.waiting.length : inTime);
        for (const { reject } of overdue) reject(new DatabaseDeadlineError('too many requests wait for the database'));
        this.expiry = this.expireLater();
      },
      oldest.since + maxWaitMs - performance.now(),
    ).unref();
  }

  private async run(): Promise<void> {
    this.running += 1;
    // Items that arrive in this turn of the event loop join the first batch. The embedded database blocks the loop while
    // it works; without this wait it would get single items.
    await nextTurn();
    while (this.waiting.length > 0) {
      await this.settle(this.nextBatch());
      await this.linger();
    }
    this.running -= 1;
  }

  private async linger(): Promise<void> {
    const { lingerMs = 0, enough = Infinity } = this.options;
    if (lingerMs === 0 || this.waiting.length >= enough) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, lingerMs);
      this.endLinger = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private nextBatch(): Waiting<Item, Result>[] {
    const admits = this.newBatch();
    const end = this.waiting.findIndex(({ item }, index) => !admits(item) && index > 0);
    return this.waiting.splice(0, end === -1 ? this.waiting.length : end);
  }

  private async settle(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.work(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
    } catch (error) {
      if (batch.length === 1 || isUnavailable(error)) {
        for (const { reject } of batch) reject(error);
      } else {
        for (const one of batch) await this.settle([one]);
      }
    }
  }
}

/** Admits a fixed number of items to each batch. */
export function upTo(count: number): () => Admission<unknown> {
  return () => {
    let admitted = 0;
    return () => ++admitted <= count;
  };
}
