import type { Duplex } from 'node:stream';
import { ConnectionClient } from './connection-client.js';
import type { ConnectionConfig } from './connection-config.js';
import { DatabaseDeadlineError } from './database-deadline.error.js';
import { currentWork, LIMITS } from './deadlines.js';

/**
 * After the deadline the socket is read once more. A process that stood still finds the answer there, and must not
 * take the database for dead.
 */
const GRACE_MS = 100;

export interface DeadlineClientConfig extends ConnectionConfig {
  /** The limit on every statement; without it, that of the {@link currentWork}. */
  deadlineMs?: number;
}

/**
 * A connection whose statements have a deadline on our side. When one ends, the connection is closed, because nobody
 * knows what comes back on it. pg's own `query_timeout` would leave it open, and Prisma would return it to the pool.
 */
export class DeadlineClient extends ConnectionClient {
  private readonly deadlineMs: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(config: DeadlineClientConfig) {
    super(config);
    this.deadlineMs = config.deadlineMs;
    const disarm = (): void => clearTimeout(this.timer);
    // The statement's answer has come in full.
    this.on('drain', disarm);
    this.on('end', disarm);
  }

  override query(query: unknown, values?: unknown, callback?: unknown): never {
    const deadlineMs = this.deadlineMs ?? LIMITS[currentWork()].deadlineMs;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = setTimeout(() => this.abandon(`no answer within ${deadlineMs} ms`), GRACE_MS).unref();
    }, deadlineMs).unref();
    return super.query(query, values, callback);
  }

  /** Runs statements without values. */
  script(sql: string): Promise<unknown> {
    return this.query(sql);
  }

  /** Closes the connection without a goodbye. A statement under way is rejected. */
  abandon(reason: string): void {
    const { connection } = this as unknown as { connection: { stream: Duplex } };
    connection.stream.destroy(new DatabaseDeadlineError(reason));
  }
}
