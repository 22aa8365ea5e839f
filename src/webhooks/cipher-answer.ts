import { DomainError } from '../common/domain-error.js';
import { LocalShortageError } from '../common/local-shortage.error.js';
import { isOutOfReach } from '../common/out-of-reach.js';
import type { SecretCipher } from './secret-cipher.js';

const ANSWER_WITHIN_MS = 10_000;
/** `Retry-After` of requests that need a secret while the cipher can't reach its key. */
const RETRY_AFTER_SECONDS = 5;

/**
 * Waits for the result of a cipher.
 *
 * @param withinMs longest wait, in milliseconds
 * @throws LocalShortageError if the cipher can't reach its key, or the wait is over. Any other error of the cipher is thrown as
 *   it is
 */
export async function cipherAnswer<Answer>(
  ask: () => Answer | PromiseLike<Answer>,
  withinMs = ANSWER_WITHIN_MS,
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const giveUp = (): void => reject(new LocalShortageError(`The cipher did not answer within ${withinMs} ms`));
    timer = setTimeout(giveUp, withinMs).unref();
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
 * Encrypts a secret for the database.
 *
 * @throws the errors of {@link cipherAnswer}
 */
export async function encryptedBy(
  cipher: SecretCipher,
  secret: string,
  webhookUuid: string,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await cipherAnswer(() => cipher.encrypt(secret, webhookUuid)));
}

/**
 * Does work of a request that needs the cipher.
 *
 * @throws DomainError `SERVICE_UNAVAILABLE` while the cipher can't reach its key, and any other error of the work
 */
export async function orUnavailable<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof LocalShortageError)) throw cause;
    const options = { cause, retryAfterSeconds: RETRY_AFTER_SECONDS };
    throw new DomainError('SERVICE_UNAVAILABLE', 'Secrets cannot be stored at the moment.', options);
  }
}
