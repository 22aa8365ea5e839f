/**
 * The constants of a webhook's health. "Webhook health" in docs/architecture.md has the table of its states; the statement
 * that records attempts (`queue/settle.statement.ts`) moves a webhook from one to another.
 */

/** Statuses that speak for the whole endpoint, not for one request: the webhook pauses. */
export const THROTTLING_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** The status of an endpoint that is gone for good: the webhook is disabled. */
export const GONE_STATUS = 410;

/** The pause after a throttling answer without `Retry-After`. It doubles with each further one up to the longest. */
export const THROTTLE = { firstPauseMs: 1_000, longestPauseMs: 300_000 };

/** The longest pause that a receiver may ask for by `Retry-After`. */
export const MAX_RETRY_AFTER_MS = 86_400_000;

/**
 * The circuit breaker: this many failures in a row, over more than this time and without one success, pause the webhook.
 * The pause doubles with each further one up to the longest. A receiver that restarts within a minute does not trip it.
 */
export const BREAKER = { failures: 20, afterSeconds: 60, firstPauseSeconds: 10, longestPauseSeconds: 300 };

/** A webhook that fails for this long without one success is disabled. */
export const DISABLE_AFTER_DAYS = 5;

/** The text of `disabledReason`. */
export const DISABLED_REASON = {
  owner: 'Paused by its owner.',
  gone: `The endpoint answered ${GONE_STATUS} Gone.`,
  failing: `The endpoint failed for ${DISABLE_AFTER_DAYS} days without one success.`,
};

/** A webhook that is activated: healthy, without its past. */
export const HEALTHY = {
  disabledReason: null,
  disabledAt: null,
  failingSince: null,
  consecutiveFailures: 0,
  throttleCount: 0,
  throttledUntil: null,
};
