/**
 * The constants of webhook health. "Webhook health" in docs/architecture.md has the table of states. The statement that
 * records attempts (`queue/settle.statement.ts`) makes the transitions.
 */

/** The states of a webhook, as in the table. */
export const WEBHOOK_STATES = ['healthy', 'failing', 'paused', 'half-open', 'disabled'] as const;
export type WebhookState = (typeof WEBHOOK_STATES)[number];

/** Statuses that concern the whole endpoint, not one request: the webhook pauses. */
export const THROTTLING_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** The status of an endpoint that is permanently gone: the webhook is disabled. */
export const GONE_STATUS = 410;

/**
 * The pause after a throttling status without `Retry-After`, in milliseconds. It doubles with each further pause, up to the longest.
 * Pauses of the circuit breaker count, too (`throttleCount`): after one of them, the next pause by a status takes 2 s.
 */
export const THROTTLE = { firstPauseMs: 1_000, longestPauseMs: 300_000 };

/** The longest pause that `Retry-After` may request. */
export const MAX_RETRY_AFTER_MS = 86_400_000;

/**
 * The circuit breaker, in seconds. It pauses a webhook after `failures` failures in a row, over more than `afterSeconds`. The pause
 * doubles with each further pause by it or by a throttling status, up to the longest. A receiver that restarts within a minute does not trip the breaker.
 */
export const BREAKER = { failures: 20, afterSeconds: 60, firstPauseSeconds: 10, longestPauseSeconds: 300 };

/** Deliveries in a row that fail before the owner is told that the webhook is failing. */
export const FAILING_AFTER_DELIVERIES = 3;

/** A webhook that fails for longer than this, without one success, is disabled. */
export const DISABLE_AFTER_DAYS = 5;

/** The text of `disabledReason`. */
export const DISABLED_REASON = {
  owner: 'Disabled by its owner.',
  operator: 'Disabled by an operator.',
  gone: `The endpoint answered ${GONE_STATUS} Gone.`,
  failing: `The endpoint failed for ${DISABLE_AFTER_DAYS} days without one success.`,
};

/** The health of a webhook that is activated: nothing of its past counts. */
export const HEALTHY = {
  disabledReason: null,
  disabledAt: null,
  failingSince: null,
  consecutiveFailures: 0,
  failedDeliveries: 0,
  failingToldAt: null,
  throttleCount: 0,
  throttledUntil: null,
};
