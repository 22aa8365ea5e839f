import { setImmediate as nextTurn } from 'node:timers/promises';

interface Waiting<Item, Result> {
  item: Item;
  /** By `performance.now()`. */
  since: number;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/** Decides for one item after the other whether it joins the batch; the first one always does. */
export type Admission<Item> = (item: Item) => boolean;

/** How batches are made, and how their failures are told apart. */
interface BatchOptions {
  /** How many batches may run at once. Default: 1. */
  atOnce?: number;
  /** How long more items gather after each batch, in milliseconds: fewer and larger batches cost less. Default: 0. */
  lingerMs?: number;
  /** This many items end the gathering early. */
  enough?: number;
  /** How long an item may wait for its batch, and the error that it is rejected with then. Default: for ever. */
  maxWait?: { ms: number; error: () => Error };
  /** Whether an error would come for each item alone, too: the whole batch is rejected with it. Default: none does. */
  failsAll?: (error: unknown) => boolean;
}

/** Group commit: items that arrive while a batch runs form the next batch. */
export class Batcher<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private running = 0;
  private expiry: NodeJS.Timeout | undefined;
  private endLinger: () => void = () => undefined;

  /**
   * @param work resolves with one result per item, in their order. When it rejects for several items, each is tried alone: a
   *   bad item harms no other
   * @param newBatch begins a batch
   */
  constructor(
    private readonly work: (items: Item[]) => Promise<readonly Result[]>,
    private readonly newBatch: () => Admission<Item>,
    private readonly options: BatchOptions = {},
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
    const { maxWait } = this.options;
    const [oldest] = this.waiting;
    if (maxWait === undefined || oldest === undefined) return undefined;
    return setTimeout(
      () => {
        const now = performance.now();
        const inTime = this.waiting.findIndex(({ since }) => since + maxWait.ms > now);
        const overdue = this.waiting.splice(0, inTime === -1 ? this.waiting.length : inTime);
        for (const { reject } of overdue) reject(maxWait.error());
        this.expiry = this.expireLater();
      },
      oldest.since + maxWait.ms - performance.now(),
    ).unref();
  }

  private async run(): Promise<void> {
    this.running += 1;
    // Items of this turn of the event loop join the first batch. Work that blocks the loop, such as that of the embedded
    // database, would otherwise get one item after the other.
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
      if (batch.length === 1 || this.options.failsAll?.(error)) {
        for (const { reject } of batch) reject(error);
      } else {
        for (const one of batch) await this.settle([one]);
      }
    }
  }
}

/** Admits this many items per batch. */
export function upTo(count: number): () => Admission<unknown> {
  return () => {
    let admitted = 0;
    return () => ++admitted <= count;
  };
}
