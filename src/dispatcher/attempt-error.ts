import { causesOf } from '../common/error-causes.js';
import { DeadlineError, NameResolutionError, TargetRefusedError, WebhookGoneError } from './target-errors.js';

/**
 * By an error's code, or by its name where it has none, as undici's parser errors. The first that fits counts. Codes of
 * certificates are those of OpenSSL's `X509_verify_cert_error_string`.
 */
const MEANINGS: [RegExp, string][] = [
  [/^ECONNREFUSED$/, 'connection refused'],
  [/^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID)$/, 'TLS certificate expired or not yet valid'],
  [/^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/, 'TLS certificate is for another host'],
  [/^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|CRL_|ERROR_IN_C)/, 'TLS certificate not trusted'],
  [/^(INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)$/, 'TLS certificate not trusted'],
  [/^(ERR_TLS_|ERR_SSL_|EPROTO$|TlsFloodError$)/, 'TLS handshake failed'],
  [/^(HPE_|HTTPParserError$|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES|UnaskedAnswerError$)/, 'invalid HTTP response'],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, 'connection closed'],
  [/^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT|ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL)$/, 'connection failed'],
];

/**
 * The words of the log for an attempt that got no usable answer. They say what a receiver's owner needs and no more:
 * nothing here tells an open port of a network from a closed one behind a refused address.
 */
export function attemptErrorOf(error: unknown): string {
  for (const cause of causesOf(error)) {
    const meaning = meaningOf(cause);
    if (meaning !== undefined) return meaning;
  }
  return 'request failed';
}

const LOCAL_SHORTAGE = /^(EMFILE|ENFILE|ENOBUFS|ENOMEM)$/;

/** Whether the attempt failed for want of this machine's own means. */
export function isLocalShortage(error: unknown): boolean {
  return [...causesOf(error)].some((cause) => LOCAL_SHORTAGE.test(String((cause as { code?: unknown }).code)));
}

function meaningOf(error: object): string | undefined {
  if (error instanceof DeadlineError) return error.message;
  if (error instanceof TargetRefusedError) return 'target address is not allowed';
  if (error instanceof NameResolutionError) return 'DNS lookup failed';
  if (error instanceof WebhookGoneError) return 'the webhook was deleted';
  const { code, name } = error as { code?: unknown; name?: unknown };
  const key = code ?? name;
  return MEANINGS.find(([pattern]) => typeof key === 'string' && pattern.test(key))?.[1];
}
