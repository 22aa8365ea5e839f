import { readdir } from 'node:fs/promises';
import { now } from '../support/clock.js';
import type { BenchDatabase } from '../support/database.js';
import type { BenchServer } from '../support/server.js';
import type { Stage } from '../support/stage.js';

/** The time after a restart during which refused events are expected: connections and sessions begin again. */
const GRACE_MS = 5_000;

/** The service of a soak: one process at a time, which can be restarted. */
export class Subject {
  /** Unexpected ends, in words. */
  readonly faults: string[] = [];
  private current: BenchServer | undefined;
  /** The end of the last restart and of its consequences, by {@link now}; infinite during a restart. */
  disturbedUntil = 0;

  private constructor(
    private readonly stage: Stage,
    private readonly database: BenchDatabase,
    private readonly onLine: (line: string) => void,
  ) {}

  static async start(stage: Stage, database: BenchDatabase, onLine: (line: string) => void): Promise<Subject> {
    const subject = new Subject(stage, database, onLine);
    await subject.begin();
    return subject;
  }

  /** Whether something is being restarted, or was a moment ago. */
  get isDisturbed(): boolean {
    return now() < this.disturbedUntil;
  }

  /** @throws Error when the event is not accepted */
  async publish(body: string): Promise<void> {
    if (!this.current) throw new Error('The service is being restarted');
    await this.current.client.post('/v1/events', body);
  }

  /** Resident memory in MB, and open file descriptors; NaN while no process runs. */
  async resources(): Promise<{ rss: number; descriptors: number }> {
    const server = this.current;
    const nothing = { rss: Number.NaN, descriptors: Number.NaN };
    if (!server) return nothing;
    try {
      return { rss: await server.memory(), descriptors: (await readdir(`/proc/${server.pid}/fd`)).length };
    } catch {
      return nothing;
    }
  }

  /** Runs `work`, while and after which refused events are expected. Returns its duration in milliseconds. */
  async disturb(work: () => Promise<unknown>): Promise<number> {
    this.disturbedUntil = Number.POSITIVE_INFINITY;
    const begin = now();
    await work();
    const end = now();
    this.disturbedUntil = end + GRACE_MS;
    return end - begin;
  }

  /** Stops the process by SIGTERM while it gets events, and starts another one. */
  async restart(): Promise<void> {
    const server = this.current;
    this.current = undefined;
    if (server) {
      const { code, signal } = await server.terminate();
      if (code !== 0) this.faults.push(`after SIGTERM the service ended with ${signal ?? `code ${code}`}`);
      await server.client.close();
    }
    await this.begin();
  }

  private async begin(): Promise<void> {
    const server = await this.stage.server(this.database, { onLine: this.onLine });
    this.current = server;
    void server.exited.then(({ code, signal }) => {
      if (this.current === server) this.faults.push(`the service ended with ${signal ?? `code ${code}`}`);
    });
  }

  /** The end of the run: from now on, the end of the process is expected. */
  release(): void {
    this.current = undefined;
  }
}
