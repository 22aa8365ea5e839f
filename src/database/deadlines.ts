import { AsyncLocalStorage } from 'node:async_hooks';

/** Time limits for the statements of one kind of work, in milliseconds. */
interface Limits {
  /** The server's `lock_timeout`. */
  lockMs: number;
  /** The server's `statement_timeout`. Below `deadlineMs`: a statement that we gave up must not commit later. */
  statementMs: number;
  /** Our own limit, for a server that does not respond. The connection is closed afterwards. */
  deadlineMs: number;
}

/**
 * Kinds of work. A request gets a response within 10 s. The parts are {@link MAX_BATCH_WAIT_MS} for a batch, then
 * {@link GATE_WAIT_MS} at the gates of its tables or {@link CONNECT_TIMEOUT_MS} for a connection, then the statement.
 */
export const LIMITS = {
  /** Requests, claims and settlements: a statement takes milliseconds. */
  request: { lockMs: 3_000, statementMs: 4_500, deadlineMs: 5_000 },
  /** Statistics over many rows. */
  report: { lockMs: 3_000, statementMs: 20_000, deadlineMs: 21_000 },
  /** Retention, recoveries, and cancelling the queued deliveries of a webhook. */
  maintenance: { lockMs: 5_000, statementMs: 60_000, deadlineMs: 62_000 },
  /** Readiness: must respond within 1.5 s. */
  probe: { lockMs: 1_000, statementMs: 1_000, deadlineMs: 1_000 },
} as const satisfies Record<string, Limits>;

export type Work = keyof typeof LIMITS;

/** Maximum time for a new connection, from name look-up to authentication. */
export const CONNECT_TIMEOUT_MS = 2_000;
/** Maximum time that a statement waits at the gates of its tables. */
export const GATE_WAIT_MS = 2_000;
/** Maximum time that an item waits for its batch. */
export const MAX_BATCH_WAIT_MS = 2_500;
/** Maximum idle time within a transaction. It frees the locks of a suspended process. */
export const IDLE_IN_TRANSACTION_MS = 15_000;
/** TCP keep-alive probes an idle connection after this time, then every second (libuv). */
export const KEEP_ALIVE_DELAY_MS = 5_000;

const current = new AsyncLocalStorage<Work>();
/** Number of running calls of {@link withLimitsOf}. */
let running = 0;

/** Runs `work` with the limits of its kind for every statement. The server's limits are session settings. */
export async function withLimitsOf<Result>(kind: Work, work: () => Promise<Result>): Promise<Result> {
  running += 1;
  try {
    return await current.run(kind, work);
  } finally {
    running -= 1;
    // An enabled AsyncLocalStorage makes every promise slower: accepting an event took 100 µs instead of 75.
    if (running === 0) current.disable();
  }
}

/** The kind of work of the current call. Default: `request`. */
export function currentWork(): Work {
  return current.getStore() ?? 'request';
}
