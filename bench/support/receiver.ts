import { setTimeout as delay } from 'node:timers/promises';
import { Child } from './child.js';

/** A request that came. */
export interface Arrival {
  /** When its head was read, by {@link now}. */
  at: number;
  extractionId: string;
  path: string;
}

/** What the receiver's process is told. A reset without a goal counts on. */
export type ReceiverCommand = 'report' | 'count' | { goal?: number | undefined; noting: boolean };

interface ReceiverMessage {
  port?: number;
  ready?: true;
  reached?: number;
  counted?: number;
  count?: number;
  arrivals?: Arrival[];
}

/** How long nothing may arrive until the goal counts as missed. It only ends a run that hangs. */
const STALLED_MS = 60_000;

/** The receiver's process, seen from the benchmark. */
export class BenchReceiver {
  private constructor(
    private readonly child: Child<ReceiverMessage>,
    readonly url: string,
  ) {}

  static async start(): Promise<BenchReceiver> {
    const child = new Child<ReceiverMessage>('receiver-process.ts');
    const { port } = await child.next('port');
    return new BenchReceiver(child, `http://127.0.0.1:${port}`);
  }

  /**
   * Begins to count anew.
   *
   * @param goal how many requests {@link reached} waits for
   * @param noting whether to note each request's time and extraction
   */
  async reset({ goal, noting = false }: { goal?: number; noting?: boolean }): Promise<void> {
    const ready = this.child.next('ready');
    this.child.send({ goal, noting });
    await ready;
  }

  /**
   * Resolves when the goal is reached. Ask before anything is sent.
   *
   * @throws Error when nothing comes any more before that
   */
  async reached(): Promise<void> {
    const end = new AbortController();
    const reached = this.child.next('reached');
    await Promise.race([reached, this.stalled(end.signal)]).finally(() => end.abort());
  }

  /** How many requests came since the reset. */
  async count(): Promise<number> {
    const answer = this.child.next('counted');
    this.child.send('count');
    return (await answer).counted;
  }

  /** What came since the reset. */
  async arrivals(): Promise<Arrival[]> {
    const answer = this.child.next('arrivals');
    this.child.send('report');
    return (await answer).arrivals;
  }

  kill(): void {
    this.child.kill();
  }

  private async stalled(signal: AbortSignal): Promise<never> {
    for (let before = -1; ;) {
      const count = await this.count();
      if (count === before)
        throw new Error(`Nothing was received for ${STALLED_MS / 1_000} s, after ${count} requests`);
      before = count;
      await delay(STALLED_MS, undefined, { signal });
    }
  }
}
