import type { AttemptOutcome } from '../queue/attempt-outcome.js';
import type { WebhookFacts } from './webhook-facts.js';

/** The failed attempt for which a retry schedule decides. */
export interface RetryContext extends WebhookFacts {
  /** The type of the event, such as `extraction.completed`. */
  readonly event: string;
  readonly outcome: AttemptOutcome;
}

/** Decides the time of the next attempt after a failure. Extend it to use another rule. */
export abstract class RetrySchedule {
  /**
   * Called after each failed attempt. If the receiver requests a longer wait by `Retry-After`, that wait applies.
   *
   * @param attemptsMade attempts since the schedule began, at least 1
   * @returns milliseconds until the next attempt, or undefined for no further attempt
   */
  abstract delayAfter(attemptsMade: number, context: RetryContext): number | undefined;
}

/** The random part of each delay, shorter or longer. It spreads the retries of deliveries that failed together. */
const JITTER = 0.2;

/** A fixed list of delays with jitter, the same for all webhooks. */
export class ListedRetrySchedule extends RetrySchedule {
  /**
   * @param delaysMs milliseconds before each attempt, with the first one. The length is the number of attempts. The first entry is not
   *   used: a first attempt is made at once
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
