import { causesOf } from '../common/error-causes.js';
import { LocalShortageError } from '../common/local-shortage.error.js';
import type { SecretCipher } from './secret-cipher.js';

const ANSWER_WITHIN_MS = 10_000;

/** Codes of Node.js, undici and axios, and names of errors without a code. */
const OUT_OF_REACH =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND|EPIPE|EMFILE|ENFILE|ENOBUFS|ENOMEM|ERR_NETWORK|UND_ERR_.+|TimeoutError|AbortError)$/;
/** DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED and UNAVAILABLE of gRPC. */
const GRPC_CODES = new Set<unknown>([4, 8, 14]);

/**
 * Waits for a cipher.
 *
 * @throws LocalShortageError if the cipher can't reach its key or takes too long; otherwise the error of the cipher
 */
export async function cipherAnswer<Answer>(
  ask: () => Answer | PromiseLike<Answer>,
  withinMs = ANSWER_WITHIN_MS,
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const give = (): void => reject(new LocalShortageError(`The cipher gave no answer within ${withinMs} ms`));
    timer = setTimeout(give, withinMs).unref();
  });
  try {
    return await Promise.race([ask(), late]);
  } catch (error) {
    throw isOutOfReach(error) ? new LocalShortageError((error as Error).message, { cause: error }) : error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The secret as it is stored.
 *
 * @throws as {@link cipherAnswer}
 */
export async function encryptedBy(
  cipher: SecretCipher,
  secret: string,
  webhookUuid: string,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await cipherAnswer(() => cipher.encrypt(secret, webhookUuid)));
}

/** Whether the error says that the key can't be reached now; of the data it then says nothing. */
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
