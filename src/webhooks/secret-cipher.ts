/** Encrypts signing secrets at rest. Provide your own under this class to keep the key elsewhere, such as in a KMS. */
export abstract class SecretCipher {
  /**
   * @param secret 64 lower-case hex characters
   * @param webhookUuid binds the result to its webhook: decrypting it for another one fails
   */
  abstract encrypt(secret: string, webhookUuid: string): Uint8Array<ArrayBuffer>;

  /** @throws Error when the data was made under another key, for another webhook, or was changed */
  abstract decrypt(encrypted: Uint8Array, webhookUuid: string): string;

  /**
   * Whether the data is already under the key that {@link encrypt} uses, so that re-encrypting it would be in vain.
   *
   * @default false, which is always right and has everything encrypted anew
   */
  isCurrent(_encrypted: Uint8Array): boolean {
    return false;
  }
}
