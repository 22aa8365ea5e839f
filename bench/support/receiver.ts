import { setTimeout as delay } from 'node:timers/promises';
import { Child } from './child.js';

/** What comes below this path is noted one by one. */
export const NOTE = '/note/';
/** What comes below this path is never answered. */
export const HANG = '/hang/';

/** A request that was noted. */
export interface Arrival {
  /** When its head was read, by {@link now}. */
  at: number;
  extractionId: string;
}

/** So many requests to wait for, of those whose path begins so. */
export interface Goal {
  count: number;
  path: string;
}

/** What the receiver's process is told: to say its count or its arrivals, or to begin anew. */
export type ReceiverCommand = 'count' | 'report' | { goal?: Goal | undefined };

interface ReceiverMessage {
  port?: number;
  ready?: true;
  reached?: true;
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
   */
  async reset(goal?: Goal): Promise<void> {
    const ready = this.child.next('ready');
    this.child.send({ goal });
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
    const answer = this.child.next('count');
    this.child.send('count');
    return (await answer).count;
  }

  /** What was noted since the reset. */
  async arrivals(): Promise<Arrival[]> {
    const answer = this.child.next('arrivals');
    this.child.send('report');
    return (await answer).arrivals;
  }

  kill(): void {
    this.child.kill();
  }

  private async stalled(signal: AbortSignal): Promise<void> {
    let before = -1;
    while (!signal.aborted) {
      const count = await this.count();
      if (count === before)
        throw new Error(`Nothing was received for ${STALLED_MS / 1_000} s, after ${count} requests`);
      before = count;
      await delay(STALLED_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
