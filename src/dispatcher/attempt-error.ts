import { DeadlineError, NameResolutionError, TargetRefusedError, WebhookGoneError } from './target-errors.js';

const CODE_MEANINGS: [RegExp, string][] = [
  [/^ECONNREFUSED$/, 'connection refused'],
  [/^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO$)/, 'TLS handshake failed'],
  [/^(HPE_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES)/, 'invalid HTTP response'],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, 'connection closed'],
  [/^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT|ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL)$/, 'connection failed'],
];

/**
 * The words of the log for an attempt that got no usable answer. They say what a receiver's owner needs and no more:
 * nothing here tells an open port of a network from a closed one behind a refused address.
 */
export function attemptErrorOf(error: unknown): string {
  if (error instanceof DeadlineError) return error.message;
  if (error instanceof TargetRefusedError) return 'target address is not allowed';
  if (error instanceof NameResolutionError) return 'DNS lookup failed';
  if (error instanceof WebhookGoneError) return 'the webhook was deleted';
  for (const cause of causesOf(error)) {
    const { code } = cause as { code?: unknown };
    const meaning = CODE_MEANINGS.find(([pattern]) => typeof code === 'string' && pattern.test(code))?.[1];
    if (meaning !== undefined) return meaning;
    if (cause !== error) {
      const own = attemptErrorOf(cause);
      if (own !== UNKNOWN) return own;
    }
  }
  return UNKNOWN;
}

const UNKNOWN = 'request failed';

/** The error, what axios or undici wrapped in it, and the errors of the addresses that were tried one after another. */
function causesOf(error: unknown): unknown[] {
  if (typeof error !== 'object' || error === null) return [];
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  return [error, ...(cause ? [cause] : []), ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
}
