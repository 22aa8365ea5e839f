import { Child } from './child.js';
import type { SendTimes } from './open-loop.js';
import { NOTE, type BenchReceiver } from './receiver.js';
import { withArrivals } from './trace.js';

/** An order to the process: `count` requests, at a fixed concurrency or at a rate per second. */
export type BareLoopOrder = { url: string; count: number } & ({ concurrency: number } | { rate: number });

const CONCURRENCY = 64;

/** The reference for sending: a loop of `undici.request` that signs and posts, in a process of its own. */
export class BareLoop {
  private readonly child = new Child<{ seconds?: number; times?: SendTimes[] }>('bare-loop-process.ts');

  constructor(private readonly receiver: BenchReceiver) {}

  /** Requests per second, {@link CONCURRENCY} at a time. */
  async throughput(count: number): Promise<number> {
    await this.receiver.reset();
    const answer = this.child.next('seconds');
    this.order({ url: `${this.receiver.url}/limit`, count, concurrency: CONCURRENCY });
    return count / (await answer).seconds;
  }

  /** The time of each request from its intended time to the receiver, in milliseconds. The rate is per second. */
  async latencies(rate: number, count: number): Promise<number[]> {
    await this.receiver.reset();
    const answer = this.child.next('times');
    this.order({ url: `${this.receiver.url}${NOTE}limit`, count, rate });
    const { times } = await answer;
    const sent = times.map((time, index) => ({ ...time, extractionId: `extract-${index}` }));
    return withArrivals(sent, await this.receiver.arrivals()).map(({ arrived, intended }) => arrived - intended);
  }

  kill(): void {
    this.child.kill();
  }

  private order(order: BareLoopOrder): void {
    this.child.send(order);
  }
}
