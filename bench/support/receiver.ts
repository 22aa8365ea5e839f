import { setTimeout as delay } from 'node:timers/promises';
import { Child } from './child.js';
import { cpuSecondsOf } from './cpu-time.js';

/** The receiver records each request below this path. */
export const NOTE = '/note/';
/** Requests below this path get no response. */
export const HANG = '/hang/';

/** A recorded request. */
export interface Arrival {
  /** The time when its first bytes were read, by {@link now}. */
  at: number;
  extractionId: string;
}

/** A number of requests to wait for. Only paths with this prefix count. */
export interface Goal {
  count: number;
  path: string;
  /** Below {@link NOTE}: only extractions with this prefix count, and each of them once. */
  ids?: string;
}

/**
 * A command to the receiver's process. `count` and `report` send the counts and the arrivals. `take` sends the arrivals since
 * the last `take` and forgets them. A goal resets everything.
 */
export type ReceiverCommand = 'count' | 'report' | 'take' | { goal?: Goal | undefined };

interface ReceiverMessage {
  port?: number;
  ready?: true;
  reached?: true;
  count?: number;
  /** The requests that count for the goal. */
  towardsGoal?: number;
  arrivals?: Arrival[];
}

/** After this time without a request the goal is missed. It ends a run that hangs. */
const STALLED_MS = 60_000;

/** The benchmark's handle of the receiver's process. */
export class BenchReceiver {
  private constructor(
    private readonly child: Child<ReceiverMessage>,
    readonly url: string,
  ) {}

  /** @param wanted the port; 0 for a free one */
  static async start(wanted = 0): Promise<BenchReceiver> {
    const child = new Child<ReceiverMessage>('receiver-process.ts', [String(wanted)]);
    const { port } = await child.next('port');
    return new BenchReceiver(child, `http://127.0.0.1:${port}`);
  }

  /**
   * Resets the count and the arrivals.
   *
   * @param goal the requests that {@link reached} waits for
   */
  async reset(goal?: Goal): Promise<void> {
    const ready = this.child.next('ready');
    this.child.send({ goal });
    await ready;
  }

  /**
   * Resolves when the goal is reached. Call it before the first request is sent.
   *
   * @throws Error when no request arrives for {@link STALLED_MS} before that
   */
  async reached(): Promise<void> {
    const end = new AbortController();
    const reached = this.child.next('reached');
    await Promise.race([reached, this.stalled(end.signal)]).finally(() => end.abort());
  }

  /** The number of requests since the reset. */
  async count(): Promise<number> {
    const answer = this.child.next('count');
    this.child.send('count');
    return (await answer).count;
  }

  /** The number of requests that count for the goal. */
  async towardsGoal(): Promise<number> {
    const answer = this.child.next('towardsGoal');
    this.child.send('count');
    return (await answer).towardsGoal;
  }

  /** The recorded requests since the last call, which the receiver then forgets. */
  async take(): Promise<Arrival[]> {
    const answer = this.child.next('arrivals');
    this.child.send('take');
    return (await answer).arrivals;
  }

  /** The processor time of the receiver's process since its start, in seconds. */
  cpuSeconds(): Promise<number> {
    return cpuSecondsOf(this.child.pid);
  }

  /** The recorded requests since the reset. */
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
