/** Decides when a failed delivery is tried again. Provide your own under this class to use another rule. */
export abstract class RetrySchedule {
  /**
   * @param made attempts made since the schedule was begun, at least 1
   * @returns milliseconds until the next one, or undefined when there is none left
   */
  abstract delayAfter(made: number): number | undefined;
}

/** Each delay is this much shorter or longer, by chance, so that what failed together does not return together. */
const JITTER = 0.2;

/** A fixed list of delays with jitter. */
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

  override delayAfter(made: number): number | undefined {
    const delay = this.delaysMs[made];
    return delay === undefined ? undefined : Math.round(delay * (1 - JITTER + 2 * JITTER * this.random()));
  }
}
