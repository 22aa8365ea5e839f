import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Arrival {
  at: number;
  extractionId: string;
  path: string;
}

type Message = { port?: number; ready?: true; reached?: number; at?: number; count?: number; arrivals?: Arrival[] };

/** The receiver's process, seen from the benchmark. */
export class BenchReceiver {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(): Promise<BenchReceiver> {
    const child = fork(fileURLToPath(new URL('receiver-process.ts', import.meta.url)), {
      execArgv: ['--import', 'tsx'],
    });
    const [{ port }] = (await once(child, 'message')) as [Message];
    return new BenchReceiver(child, `http://127.0.0.1:${port}`);
  }

  /**
   * Begins to count anew.
   *
   * @param goal how many requests {@link reached} waits for
   * @param noting whether to note each request's time and extraction
   */
  async reset(goal: number, noting = false): Promise<void> {
    const ready = this.message((message) => message.ready === true);
    this.child.send({ reset: { goal, noting } });
    await ready;
  }

  /** Resolves when the goal is reached, with that time in milliseconds since 1970. */
  async reached(): Promise<number> {
    const { at = 0 } = await this.message((message) => message.reached !== undefined);
    return at;
  }

  async report(): Promise<{ count: number; arrivals: Arrival[] }> {
    const answer = this.message((message) => message.arrivals !== undefined);
    this.child.send({ report: true });
    const { count = 0, arrivals = [] } = await answer;
    return { count, arrivals };
  }

  async stop(): Promise<void> {
    this.child.disconnect();
    await once(this.child, 'exit');
  }

  private message(is: (message: Message) => boolean): Promise<Message> {
    return new Promise((resolve) => {
      const listen = (message: Message): void => {
        if (!is(message)) return;
        this.child.off('message', listen);
        resolve(message);
      };
      this.child.on('message', listen);
    });
  }
}
