/**
 * Encrypts signing secrets at rest. Extend it to keep the key elsewhere, such as in a KMS.
 *
 * Both methods may return a promise. If the key can't be reached, they reject with `LocalShortageError`: deliveries then
 * wait, and no attempt is used up. Errors of the network, time limits, and answers with status 429 or 5xx count as such
 * an error. After 10 s without an answer, too, the key counts as out of reach. After any other error the secret counts as
 * unreadable, and the attempt fails.
 */
export abstract class SecretCipher {
  /**
   * @param secret 64 lower-case hex characters
   * @param webhookId binds the result to its webhook: decrypting it for another one fails. It is the uuid in the column
   *   `id` of the table `webhooks`, not the public `webhook-…`, and never changes
   */
  abstract encrypt(secret: string, webhookId: string): Uint8Array | Promise<Uint8Array>;

  /**
   * @param webhookId as given to {@link encrypt}
   * @throws Error if the data was made under another key, for another webhook, or was changed
   */
  abstract decrypt(encrypted: Uint8Array, webhookId: string): string | Promise<string>;

  /**
   * Whether the data is already under the key that {@link encrypt} uses, so that it needs no re-encryption.
   *
   * @default false, which is always right and re-encrypts everything
   */
  isCurrent(_encrypted: Uint8Array): boolean {
    return false;
  }
}
