import { Injectable, Logger } from '@nestjs/common';
import { LocalShortageError } from '../common/local-shortage.error.js';
import { DatabaseStartError } from '../database/database-start.error.js';
import { AesSecretCipher } from './aes-secret-cipher.js';
import { cipherAnswer, encryptedBy } from './cipher-answer.js';
import { SecretCipher } from './secret-cipher.js';
import { SecretsCheckRepository } from './secrets-check.repository.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** The text that the stored value encrypts. It has the form of a signing secret, because a cipher may refuse other texts. */
const KNOWN_TEXT = '0123456789abcdef'.repeat(4);
/** The uuid that the value is bound to. No webhook has it, because the version of a uuid is not zero. */
const NO_WEBHOOK = '00000000-0000-0000-0000-000000000000';
/** Webhooks per read. */
const BATCH = 200;

/**
 * Detects a wrong secrets key at the start. With a wrong key, every delivery would use up its attempts without sending. New
 * secrets would be unreadable after the right key is restored.
 */
@Injectable()
export class SecretsCheck {
  private readonly logger = new Logger(SecretsCheck.name);

  constructor(
    private readonly repository: SecretsCheckRepository,
    private readonly webhooks: WebhooksRepository,
    private readonly cipher: SecretCipher,
  ) {}

  /**
   * Decrypts the stored value. The first start with a database stores it.
   *
   * If the cipher can't reach its key, the check is skipped: events are accepted, and deliveries wait.
   *
   * @throws DatabaseStartError if the cipher can't decrypt the value. Without a value: if it can't decrypt any stored secret
   */
  async verify(): Promise<void> {
    try {
      const value = (await this.repository.find()) ?? (await this.storeFirst());
      const failure = value && (await this.failureOf(value, NO_WEBHOOK));
      if (failure) throw this.wrongKey(failure);
    } catch (error) {
      if (!(error instanceof LocalShortageError)) throw error;
      this.logger.error(`The cipher can't reach its key, so the key is not checked: ${error.message}`);
    }
  }

  /**
   * Checks the value of another database, such as that of an export.
   *
   * @returns undefined if the cipher can decrypt it, otherwise the reason
   * @throws LocalShortageError if the cipher can't reach its key
   */
  faultOf(value: Uint8Array): Promise<Error | undefined> {
    return this.failureOf(value, NO_WEBHOOK);
  }

  /**
   * Re-encrypts the value under the cipher's present key.
   *
   * @param acceptUnreadable also replaces a value that the cipher can't decrypt, because its key is lost
   * @throws LocalShortageError if the cipher can't reach its key
   */
  async reencrypt(acceptUnreadable: boolean): Promise<void> {
    const value = await this.repository.find();
    if (value !== undefined && !(await this.failureOf(value, NO_WEBHOOK))) {
      if (!this.cipher.isCurrent(value)) await this.repository.replace(await this.encrypt());
    } else if (acceptUnreadable) {
      await this.repository.replace(await this.encrypt());
      this.logger.warn('The present key is now the key of this database. Secrets under other keys stay unreadable.');
    }
  }

  /** Checks a database without a value, from before this check. One readable secret is enough, because others may be lost. */
  private async requireReadableSecret(): Promise<void> {
    let failure: Error | undefined;
    let batch = await this.webhooks.findSecretsAfter(NO_WEBHOOK, BATCH);
    for (let last = batch.at(-1); last !== undefined; last = batch.at(-1)) {
      for (const { id, secret } of batch) {
        failure = await this.failureOf(secret, id);
        if (failure === undefined) return;
      }
      batch = await this.webhooks.findSecretsAfter(last.id, BATCH);
    }
    if (failure) throw this.wrongKey(failure);
  }

  /** If the cipher does not encrypt, no value is stored. The next start tries it again. */
  private async storeFirst(): Promise<Uint8Array | undefined> {
    await this.requireReadableSecret();
    let value: Uint8Array<ArrayBuffer>;
    try {
      value = await this.encrypt();
    } catch (error) {
      this.logger.error(`The cipher does not encrypt, so its key is not checked: ${(error as Error).name}`);
      return undefined;
    }
    await this.repository.create(value);
    return this.repository.find();
  }

  private encrypt(): Promise<Uint8Array<ArrayBuffer>> {
    return encryptedBy(this.cipher, KNOWN_TEXT, NO_WEBHOOK);
  }

  private async failureOf(encrypted: Uint8Array, webhookUuid: string): Promise<Error | undefined> {
    try {
      const text = await cipherAnswer(() => this.cipher.decrypt(encrypted, webhookUuid));
      return webhookUuid !== NO_WEBHOOK || text === KNOWN_TEXT
        ? undefined
        : new Error('the decrypted text is not the expected one');
    } catch (error) {
      if (error instanceof LocalShortageError) throw error;
      return error as Error;
    }
  }

  private wrongKey(failure: Error): DatabaseStartError {
    const isOurs = this.cipher instanceof AesSecretCipher;
    return new DatabaseStartError(
      isOurs
        ? `SECRETS_KEY is not the key of this database: it can't decrypt the signing secrets (${failure.message}). Restore ` +
            'the key that the database last used. For an embedded database it is the file secrets.key in DATA_DIR. To change ' +
            'keys, add the old one to SECRETS_KEY_FALLBACKS and run "npm run secrets:reencrypt". If the key is lost, see ' +
            'docs/operating.md.'
        : `The cipher of the application (${this.cipher.constructor.name}) can't read the signing secrets of this ` +
            `database: ${failure.message}. Give it the key that encrypted them.`,
      { cause: failure },
    );
  }
}
