import { causesOf } from './error-causes.js';
import { LocalShortageError } from './local-shortage.error.js';

/** Error codes of Node.js, undici and axios, and names of errors that have no code. */
const OUT_OF_REACH =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND|EPIPE|EMFILE|ENFILE|ENOBUFS|ENOMEM|ERR_NETWORK|UND_ERR_.+|TimeoutError|AbortError)$/;
/** DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED and UNAVAILABLE of gRPC. */
const GRPC_CODES = new Set<unknown>([4, 8, 14]);

/** Whether an error or one of its causes means that a service of the host, such as a KMS, is unreachable now. */
export function isOutOfReach(error: unknown): boolean {
  return [...causesOf(error)].some((cause) => {
    if (cause instanceof LocalShortageError) return true;
    const { code, name, $retryable } = cause as { code?: unknown; name?: unknown; $retryable?: unknown };
    const status = statusOf(cause);
    if (status === 429 || status >= 500 || GRPC_CODES.has(code) || $retryable) return true;
    return [code, name].some((text) => typeof text === 'string' && OUT_OF_REACH.test(text));
  });
}

/** The HTTP status in an error of axios or of the SDKs of AWS and Azure. 0 if there is none. */
function statusOf(error: object): number {
  const { status, statusCode, $metadata } = error as {
    status?: unknown;
    statusCode?: unknown;
    $metadata?: { httpStatusCode?: unknown };
  };
  return Number(status ?? statusCode ?? $metadata?.httpStatusCode ?? 0);
}
