import { LocalShortageError } from '../common/local-shortage.error.js';
import { isOutOfReach } from '../common/out-of-reach.js';
import type { SecretCipher } from './secret-cipher.js';

const ANSWER_WITHIN_MS = 10_000;

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
