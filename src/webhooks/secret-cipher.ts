/**
 * Encrypts signing secrets at rest. Extend it to keep the key elsewhere, such as in a KMS.
 *
 * Its `webhookId` is a uuid: the column `id` of the table `webhooks`. Everywhere else in the library and in the API, `webhookId`
 * is the public `webhook-…`, and this uuid is `webhookUuid`.
 *
 * `encrypt` and `decrypt` may return a promise. If the key is out of reach, they reject with `LocalShortageError`: deliveries
 * then wait without using up an attempt. Network errors, timeouts and responses with status 429 or 5xx have the same effect.
 * No answer within 10 s has it too. After any other error the secret counts as unreadable, and the attempt fails.
 */
export abstract class SecretCipher {
  /**
   * @param secret 64 lower-case hex characters
   * @param webhookId the uuid of the webhook. It never changes. It binds the result to the webhook: decryption for another
   *   webhook must fail
   * @returns the encrypted secret, of any length
   */
  abstract encrypt(secret: string, webhookId: string): Uint8Array | Promise<Uint8Array>;

  /**
   * @param encrypted a result of {@link encrypt}
   * @param webhookId the same value as for {@link encrypt}
   * @throws Error if the data was encrypted under another key or for another webhook, or was changed
   */
  abstract decrypt(encrypted: Uint8Array, webhookId: string): string | Promise<string>;

  /**
   * Whether the data is encrypted under the key that {@link encrypt} uses. Such data needs no re-encryption.
   *
   * @default false, which is always correct: everything is re-encrypted
   */
  isCurrent(_encrypted: Uint8Array): boolean {
    return false;
  }
}
