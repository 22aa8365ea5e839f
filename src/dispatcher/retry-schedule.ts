import type { AttemptOutcome } from '../queue/attempt-outcome.js';
import type { WebhookFacts } from './webhook-facts.js';

/** The failed attempt that a retry schedule is asked about. */
export interface RetryContext extends WebhookFacts {
  /** The type of the event, such as `extraction.completed`. */
  readonly event: string;
  readonly outcome: AttemptOutcome;
}

/** Decides when a failed delivery is tried again. Extend it to use another rule. */
export abstract class RetrySchedule {
  /**
   * Called after each failed attempt. A longer wait that the receiver asks for by `Retry-After` is kept.
   *
   * @param attemptsMade attempts since the schedule began, at least 1
   * @returns milliseconds until the next attempt, or undefined if there is none
   */
  abstract delayAfter(attemptsMade: number, context: RetryContext): number | undefined;
}

/** Each delay is this much shorter or longer, by chance, so that what failed together does not return together. */
const JITTER = 0.2;

/** A fixed list of delays with jitter, the same for all webhooks. */
export class ListedRetrySchedule extends RetrySchedule {
  /**
   * @param delaysMs milliseconds before each attempt, the first one included; its length is the number of attempts
   * @param random a number from 0 to below 1
   */
  constructor(
    private readonly delaysMs: readonly number[],
    private readonly random: () => number = Math.random,
  ) {
    super();
  }

  override delayAfter(attemptsMade: number, _context?: RetryContext): number | undefined {
    const delay = this.delaysMs[attemptsMade];
    return delay === undefined ? undefined : Math.round(delay * (1 - JITTER + 2 * JITTER * this.random()));
  }
}
