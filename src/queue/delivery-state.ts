import { GONE_STATUS, MAX_RETRY_AFTER_MS, THROTTLE, THROTTLING_STATUSES } from '../webhooks/webhook-health.js';
import type { AttemptOutcome } from './attempt-outcome.js';

/** What follows from an attempt. */
export interface Settlement {
  state: 'succeeded' | 'pending' | 'exhausted' | 'cancelled';
  /** Milliseconds until the next attempt; null where there is none. */
  nextDelayMs: number | null;
  /** Milliseconds for which nothing at all is sent to the webhook; null where it goes on. */
  pauseMs: number | null;
  /** The receiver said that it is gone for good (410). */
  gone: boolean;
}

/** What becomes of a delivery whose webhook was deleted while the attempt was under way, and cut it off. */
export const CANCELLED: Settlement = { state: 'cancelled', nextDelayMs: null, pauseMs: null, gone: false };

/**
 * Decides what becomes of a delivery after an attempt.
 *
 * @param retryDelayMs the schedule's delay before the next attempt, or undefined when it has none left
 * @param throttleCount how many throttling answers the webhook gave before, without a success between
 * @param now milliseconds since 1970, for a `Retry-After` that is a date
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
 * The wait that a `Retry-After` header asks for (RFC 9110, 10.2.3): seconds or a date, at most a day; null where
 * there is none or it makes no sense.
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

/** Milliseconds since 1970, or NaN. `Date.parse` alone takes far more for a date, such as `3.5` and `5, 5`. */
function httpDate(text: string): number {
  if (ASCTIME_DATE.test(text)) return Date.parse(`${text} GMT`);
  return HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
}
