import { causesOf } from './error-causes.js';
import { LocalShortageError } from './local-shortage.error.js';

/** Codes of Node.js, undici and axios, and names of errors without a code. */
const OUT_OF_REACH =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND|EPIPE|EMFILE|ENFILE|ENOBUFS|ENOMEM|ERR_NETWORK|UND_ERR_.+|TimeoutError|AbortError)$/;
/** DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED and UNAVAILABLE of gRPC. */
const GRPC_CODES = new Set<unknown>([4, 8, 14]);

/** Whether the error says that a service of the host, such as a KMS, can't be reached now. */
export function isOutOfReach(error: unknown): boolean {
  return [...causesOf(error)].some((cause) => {
    if (cause instanceof LocalShortageError) return true;
    const { code, name, $retryable } = cause as { code?: unknown; name?: unknown; $retryable?: unknown };
    const status = statusOf(cause);
    if (status === 429 || status >= 500 || GRPC_CODES.has(code) || $retryable) return true;
    return [code, name].some((text) => typeof text === 'string' && OUT_OF_REACH.test(text));
  });
}

/** The HTTP status that axios, the SDKs of AWS and Azure, and others add to their errors; 0 if there is none. */
function statusOf(error: object): number {
  const { status, statusCode, $metadata } = error as {
    status?: unknown;
    statusCode?: unknown;
    $metadata?: { httpStatusCode?: unknown };
  };
  return Number(status ?? statusCode ?? $metadata?.httpStatusCode ?? 0);
}
