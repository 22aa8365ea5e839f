import { causesOf } from '../common/error-causes.js';
import { LocalShortageError } from '../common/local-shortage.error.js';
import { NotReadyError } from './not-ready.error.js';
import {
  DeadlineError,
  NameResolutionError,
  ProxiedTargetError,
  TargetRefusedError,
  WebhookDeletedError,
} from './target-errors.js';

/**
 * The meanings of error codes. An error without a code, such as a parser error of undici, is found by its name. The first
 * pattern that matches counts. The codes of certificates come from OpenSSL's `X509_verify_cert_error_string`.
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
 * The text in the log for an attempt without a usable answer. It is deliberately coarse: it must not tell an open port from
 * a closed port at a refused address.
 */
export function attemptErrorOf(error: unknown): string {
  for (const cause of causesOf(error)) {
    const meaning = meaningOf(cause);
    if (meaning !== undefined) return meaning;
  }
  return 'request failed';
}

const LOCAL_SHORTAGE = /^(EMFILE|ENFILE|ENOBUFS|ENOMEM)$/;

/**
 * The local error behind an error: the receiver was not called, and no attempt is settled. This machine lacks file descriptors,
 * buffers or memory, the delivery proxy is unavailable, or the request is not ready.
 */
export function localErrorOf(error: unknown): LocalShortageError | NotReadyError | undefined {
  for (const cause of causesOf(error)) {
    if (cause instanceof LocalShortageError || cause instanceof NotReadyError) return cause;
    if (LOCAL_SHORTAGE.test(String((cause as { code?: unknown }).code))) {
      return new LocalShortageError((error as Error).message, { cause: error });
    }
  }
  return undefined;
}

function meaningOf(error: object): string | undefined {
  if (error instanceof DeadlineError) return error.message;
  if (error instanceof TargetRefusedError) return 'target address is not allowed';
  if (error instanceof NameResolutionError) return 'DNS lookup failed';
  if (error instanceof ProxiedTargetError) {
    return error.isRefused ? 'connection refused by the proxy' : 'connection failed at the proxy';
  }
  if (error instanceof WebhookDeletedError) return 'the webhook was deleted';
  const { code, name } = error as { code?: unknown; name?: unknown };
  const key = code ?? name;
  return MEANINGS.find(([pattern]) => typeof key === 'string' && pattern.test(key))?.[1];
}
