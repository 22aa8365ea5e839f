import type { AttemptOutcome } from './attempt-outcome.js';

/**
 * The classes of failures. `response`: the response is invalid; in the log, every response that is no success. `proxy`: the
 * delivery proxy made no connection to the target. `auth`: the authentication failed, and no request reached the receiver.
 */
export const ERROR_CLASSES = [
  'timeout',
  'dns',
  'connect',
  'tls',
  'refused-target',
  'response',
  'proxy',
  'auth',
] as const;
export type ErrorClass = (typeof ERROR_CLASSES)[number];

/** Classes of outcomes. `other` has failures before the request, and texts of a sender of the application. */
export const OUTCOME_CLASSES = ['success', '3xx', '4xx', '5xx', ...ERROR_CLASSES, 'other'] as const;
export type OutcomeClass = (typeof OUTCOME_CLASSES)[number];

/**
 * The errors of an attempt whose authentication could not be made: no request reached the receiver. They tell the owner whose
 * settings to check. They tell nothing of the network around the authorization server.
 */
export const AUTH_ERRORS = {
  rejected: 'The authorization server rejected the client credentials',
  scope: 'The authorization server rejected the scope',
  refused: 'The authorization server issued no token',
  invalid: 'The authorization server gave no valid token',
  unreachable: 'The authorization server could not be reached',
  address: 'The address of the authorization server is not allowed',
  late: 'The authorization server did not answer in time',
  unencrypted: 'The token URL must use HTTPS',
  certificate: 'The client certificate could not be used',
} as const;

/** The error texts of the log, each with its class. `dispatcher/attempt-error.ts` produces the texts of other classes than `auth`. */
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
  ...Object.values(AUTH_ERRORS).map((text) => [text, 'auth'] as const),
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
