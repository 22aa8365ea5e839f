import type { AttemptOutcome } from './attempt-outcome.js';

/** Classes of failures without a usable response. */
export const ERROR_CLASSES = ['timeout', 'dns', 'connect', 'tls', 'refused-target', 'response', 'proxy'] as const;
export type ErrorClass = (typeof ERROR_CLASSES)[number];

/** Classes of outcomes. `other` has failures before the request, and texts of a sender of the application. */
export const OUTCOME_CLASSES = ['success', '3xx', '4xx', '5xx', ...ERROR_CLASSES, 'other'] as const;
export type OutcomeClass = (typeof OUTCOME_CLASSES)[number];

/** The error texts of the log, each with its class. `dispatcher/attempt-error.ts` produces these texts. */
export const CLASS_OF_TEXT: ReadonlyMap<string, ErrorClass> = new Map([
  ['The operation was aborted due to timeout', 'timeout'],
  ['DNS lookup failed', 'dns'],
  ['connection refused', 'connect'],
  ['connection failed', 'connect'],
  ['TLS certificate expired or not yet valid', 'tls'],
  ['TLS certificate is for another host', 'tls'],
  ['TLS certificate not trusted', 'tls'],
  ['TLS handshake failed', 'tls'],
  ['target address is not allowed', 'refused-target'],
  ['target must use HTTPS', 'refused-target'],
  ['invalid HTTP response', 'response'],
  ['connection closed', 'response'],
  ['connection failed at the proxy', 'proxy'],
  ['connection refused by the proxy', 'proxy'],
]);

/** The class of an outcome. A known text decides before the status: a response may break off at the deadline. */
export function outcomeClassOf({ error, response }: Pick<AttemptOutcome, 'error' | 'response'>): OutcomeClass {
  if (error === null) return 'success';
  const known = CLASS_OF_TEXT.get(error);
  if (known !== undefined) return known;
  const hundreds = Math.floor((response?.status ?? 0) / 100);
  if (hundreds === 3) return '3xx';
  if (hundreds === 4) return '4xx';
  return hundreds === 5 ? '5xx' : 'other';
}
