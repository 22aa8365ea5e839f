import { setImmediate as nextTurn } from 'node:timers/promises';
import { DatabaseDeadlineError } from './database-deadline.error.js';
import { isUnavailable } from './prisma-errors.js';

interface Waiting<Item, Result> {
  item: Item;
  /** By `performance.now()`. */
  since: number;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/** Decides for one item after the other whether it joins the batch; the first one always does. */
export type Admission<Item> = (item: Item) => boolean;

/**
 * Does with one statement what comes in while the one before is under way (group commit). A busy process so works in
 * large batches, an idle one at once.
 */
export class Batcher<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private running = 0;
  private expiry: NodeJS.Timeout | undefined;
  private endLinger: () => void = () => undefined;

  /**
   * @param work one result for each item, in their order. When it rejects for several items, each is tried alone, so
   *   that a bad one harms no other; but for a database that is away, which rejects them all.
   * @param newBatch begins a batch
   * @param options.atOnce how many batches may be under way at once
   * @param options.lingerMs how long more gathers behind each batch: fewer and larger ones cost less
   * @param options.enough so many items end that early
   * @param options.maxWaitMs how long an item may wait for its batch before it is rejected; for ever by default
   */
  constructor(
    private readonly work: (items: Item[]) => Promise<readonly Result[]>,
    private readonly newBatch: () => Admission<Item>,
    private readonly options: { atOnce?: number; lingerMs?: number; enough?: number; maxWaitMs?: number } = {},
  ) {}

  /** Resolves or rejects with what came of the item. */
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
    // What this turn of the event loop still brings joins the first batch. The embedded database holds up the loop while
    // it works, and would otherwise be given one item after the other.
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

/** Admits so many items a batch. */
export function upTo(count: number): () => Admission<unknown> {
  return () => {
    let admitted = 0;
    return () => ++admitted <= count;
  };
}
