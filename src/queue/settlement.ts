import { GONE_STATUS, THROTTLE, THROTTLING_STATUSES } from '../webhooks/webhook-health.js';
import type { AttemptOutcome } from './attempt-outcome.js';
import { retryAfterMs } from './retry-after.js';

/** The consequences of an attempt for its delivery and its webhook. */
export interface Settlement {
  state: 'succeeded' | 'pending' | 'exhausted' | 'cancelled';
  /** Milliseconds until the next attempt. Null without a next attempt. */
  nextDelayMs: number | null;
  /** The pause of the webhook in milliseconds. Null without a pause. */
  pauseMs: number | null;
  /** Whether the receiver answered 410: it is permanently gone. */
  gone: boolean;
}

/** The settlement of an attempt that was aborted because its webhook was deleted. */
export const CANCELLED: Settlement = { state: 'cancelled', nextDelayMs: null, pauseMs: null, gone: false };

/**
 * Computes the settlement of an attempt.
 *
 * @param retryDelayMs the schedule's delay before the next attempt, in milliseconds. Undefined: no attempt is left
 * @param throttleCount the number of throttling answers and breaker trips of the webhook since its last success
 * @param now milliseconds since 1970, to convert a `Retry-After` that is a date
 */
export function settlementOf(
  { response, error }: AttemptOutcome,
  retryDelayMs: number | undefined,
  throttleCount: number,
  now: number,
): Settlement {
  if (error === null) return { state: 'succeeded', nextDelayMs: null, pauseMs: null, gone: false };

  const gone = response?.status === GONE_STATUS;
  const throttled = response !== null && THROTTLING_STATUSES.has(response.status);
  const retryAfterDelayMs = throttled ? retryAfterMs(response.headers['retry-after'], now) : null;
  const pauseMs = throttled
    ? (retryAfterDelayMs ?? Math.min(THROTTLE.firstPauseMs * 2 ** Math.min(throttleCount, 20), THROTTLE.longestPauseMs))
    : null;
  if (retryDelayMs === undefined) return { state: 'exhausted', nextDelayMs: null, pauseMs, gone };
  return { state: 'pending', nextDelayMs: Math.max(retryDelayMs, retryAfterDelayMs ?? 0), pauseMs, gone };
}
