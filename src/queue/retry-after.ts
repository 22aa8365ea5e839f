import { MAX_RETRY_AFTER_MS } from '../webhooks/webhook-health.js';

/**
 * The wait in a `Retry-After` header (RFC 9110, 10.2.3), which has seconds or a date.
 *
 * @returns milliseconds from 0 to {@link MAX_RETRY_AFTER_MS}, or null if the header is missing or malformed
 */
export function retryAfterMs(header: string | undefined, now: number): number | null {
  const text = header?.trim() ?? '';
  const requestedMs = /^\d+$/.test(text) ? Number(text) * 1_000 : httpDate(text) - now;
  return Number.isNaN(requestedMs) ? null : Math.min(Math.max(requestedMs, 0), MAX_RETRY_AFTER_MS);
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
