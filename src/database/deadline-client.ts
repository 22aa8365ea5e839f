import type { Duplex } from 'node:stream';
import { ConnectionClient } from './connection-client.js';
import type { ConnectionConfig } from './connection-config.js';
import { DatabaseDeadlineError } from './database-deadline.error.js';
import { currentWork, LIMITS } from './deadlines.js';

/**
 * After the deadline, the socket is read for this time before the connection is closed. A process that was suspended
 * finds the response there and must not conclude that the database is dead.
 */
const GRACE_MS = 100;

export interface DeadlineClientConfig extends ConnectionConfig {
  /** Limit for every statement in milliseconds. Default: the limit of {@link currentWork}. */
  deadlineMs?: number;
}

/**
 * A connection with a deadline for every statement, enforced by this process.
 *
 * After a missed deadline the connection is closed, because a late response could be taken for another statement's.
 * `query_timeout` of pg keeps the connection open, and Prisma would return it to the pool.
 */
export class DeadlineClient extends ConnectionClient {
  private readonly deadlineMs: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(config: DeadlineClientConfig) {
    super(config);
    this.deadlineMs = config.deadlineMs;
    const disarm = (): void => clearTimeout(this.timer);
    // The response is complete.
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

  /** Closes the connection without a termination message. A running statement is rejected. */
  abandon(reason: string): void {
    const { connection } = this as unknown as { connection: { stream: Duplex } };
    connection.stream.destroy(new DatabaseDeadlineError(reason));
  }
}
