import { GONE_STATUS, MAX_RETRY_AFTER_MS, THROTTLE, THROTTLING_STATUSES } from '../webhooks/webhook-health.js';
import type { AttemptOutcome } from './attempt-outcome.js';

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
  const askedMs = throttled ? retryAfterMs(response.headers['retry-after'], now) : null;
  const pauseMs = throttled
    ? (askedMs ?? Math.min(THROTTLE.firstPauseMs * 2 ** Math.min(throttleCount, 20), THROTTLE.longestPauseMs))
    : null;
  if (retryDelayMs === undefined) return { state: 'exhausted', nextDelayMs: null, pauseMs, gone };
  return { state: 'pending', nextDelayMs: Math.max(retryDelayMs, askedMs ?? 0), pauseMs, gone };
}

/**
 * The wait in a `Retry-After` header (RFC 9110, 10.2.3), which has seconds or a date.
 *
 * @returns milliseconds from 0 to {@link MAX_RETRY_AFTER_MS}, or null if the header is missing or malformed
 */
export function retryAfterMs(header: string | undefined, now: number): number | null {
  const text = header?.trim() ?? '';
  const asked = /^\d+$/.test(text) ? Number(text) * 1_000 : httpDate(text) - now;
  return Number.isNaN(asked) ? null : Math.min(Math.max(asked, 0), MAX_RETRY_AFTER_MS);
}

/** `Sun, 06 Nov 1994 08:49:37 GMT` and the older `Sunday, 06-Nov-94 08:49:37 GMT` (RFC 9110, 5.6.7). */
const HTTP_DATE = /^[A-Z][a-z]{2,8}, \d{1,2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d\d:\d\d:\d\d (GMT|UTC|[+-]\d{4})$/;
/** `Sun Nov  6 08:49:37 1994`, which means UTC. */
const ASCTIME_DATE = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;

/** Milliseconds since 1970, or NaN. The patterns come first, because `Date.parse` also accepts texts such as `3.5` and `5, 5`. */
function httpDate(text: string): number {
  if (ASCTIME_DATE.test(text)) return Date.parse(`${text} GMT`);
  return HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
}
