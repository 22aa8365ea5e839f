import { AsyncLocalStorage } from 'node:async_hooks';

/** How long the statements of a kind of work may take. */
interface Limits {
  /** The server's `lock_timeout`. */
  lockMs: number;
  /** The server's `statement_timeout`. Shorter than ours: what we give up must not be committed afterwards. */
  statementMs: number;
  /** Our own limit, for a server that does not answer. The connection is closed when it ends. */
  deadlineMs: number;
}

/**
 * Kinds of work. A request must be answered within 10 s in every case: at most {@link MAX_BATCH_WAIT_MS} in a batch that
 * forms, {@link SLOT_WAIT_MS} for a slot or {@link CONNECT_TIMEOUT_MS} for a connection, and the statement.
 */
export const LIMITS = {
  /** Requests, claims, settlements: one statement takes milliseconds. */
  request: { lockMs: 3_000, statementMs: 4_500, deadlineMs: 5_000 },
  /** Statistics over many rows. */
  report: { lockMs: 3_000, statementMs: 20_000, deadlineMs: 21_000 },
  /** Retention, recoveries, the cancelling of a whole backlog. */
  maintenance: { lockMs: 5_000, statementMs: 60_000, deadlineMs: 62_000 },
  /** Readiness has to answer within 1.5 s. */
  probe: { lockMs: 1_000, statementMs: 1_000, deadlineMs: 1_000 },
} as const satisfies Record<string, Limits>;

export type Work = keyof typeof LIMITS;

/** How long a new connection may take, from the look-up of the name to the answer to the password. */
export const CONNECT_TIMEOUT_MS = 2_000;
/** How long a statement may wait until few enough others use the same tables. */
export const SLOT_WAIT_MS = 2_000;
/** How long an item may wait until a batch takes it. */
export const MAX_BATCH_WAIT_MS = 2_500;
/** How long a session may stay in a transaction without a statement. A process that stands still keeps no locks. */
export const IDLE_IN_TRANSACTION_MS = 15_000;
/** An idle connection is probed by TCP after this time, and every second from then on (libuv). */
export const KEEP_ALIVE_DELAY_MS = 5_000;

const current = new AsyncLocalStorage<Work>();
/** How many calls of {@link withLimitsOf} run. */
let running = 0;

/** Runs `work` with the limits of its kind on every statement. The server's limits are set by the session. */
export async function withLimitsOf<Result>(kind: Work, work: () => Promise<Result>): Promise<Result> {
  running += 1;
  try {
    return await current.run(kind, work);
  } finally {
    running -= 1;
    // A storage in use makes every promise of the process dearer: an accepted event took 100 µs instead of 75.
    if (running === 0) current.disable();
  }
}

/** The kind of work that the present call belongs to. */
export function currentWork(): Work {
  return current.getStore() ?? 'request';
}
