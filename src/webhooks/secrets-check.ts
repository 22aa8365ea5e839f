import { Injectable, Logger } from '@nestjs/common';
import { LocalShortageError } from '../common/local-shortage.error.js';
import { DatabaseStartError } from '../database/database-start.error.js';
import { AesSecretCipher } from './aes-secret-cipher.js';
import { cipherAnswer, encryptedBy } from './cipher-answer.js';
import { SecretCipher } from './secret-cipher.js';
import { SecretsCheckRepository } from './secrets-check.repository.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** Has the form of a signing secret, which is all that a cipher must take. */
const KNOWN_TEXT = '0123456789abcdef'.repeat(4);
/** The uuid that the value is bound to. No webhook has it: random uuids have a version. */
const NO_WEBHOOK = '00000000-0000-0000-0000-000000000000';
/** Webhooks that are read at once. */
const BATCH = 200;

/**
 * Tells a wrong secrets key at the start. Under one every delivery would use up its attempts unsigned, and new secrets
 * would be lost as soon as the right key is back.
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
   * Reads the stored value. The first start of all stores it.
   *
   * A cipher that can't reach its key is not checked: events are accepted, and deliveries wait.
   *
   * @throws DatabaseStartError when the cipher can't read it, or there is none and the cipher reads no stored secret
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
   * Moves the value to the cipher's present key.
   *
   * @throws LocalShortageError when the cipher can't reach its key
   * @param acceptUnreadable replaces a value that the cipher can't read: the key it is under is lost
   */
  async reencrypt(acceptUnreadable: boolean): Promise<void> {
    const value = await this.repository.find();
    if (value !== undefined && !(await this.failureOf(value, NO_WEBHOOK))) {
      if (!this.cipher.isCurrent(value)) await this.repository.replace(await this.encrypt());
    } else if (acceptUnreadable) {
      await this.repository.replace(await this.encrypt());
      this.logger.warn('The present key is the right one from now on. Secrets under other keys stay unreadable.');
    }
  }

  /** For databases from before the check: one secret that can be read will do, since others may have been lost. */
  private async requireReadableSecret(): Promise<void> {
    let failure: Error | undefined;
    let batch = await this.webhooks.findSecretsBehind(NO_WEBHOOK, BATCH);
    for (let last = batch.at(-1); last !== undefined; last = batch.at(-1)) {
      for (const { id, secret } of batch) {
        failure = await this.failureOf(secret, id);
        if (failure === undefined) return;
      }
      batch = await this.webhooks.findSecretsBehind(last.id, BATCH);
    }
    if (failure) throw this.wrongKey(failure);
  }

  /** A cipher that does not encrypt says nothing of its key: the next start stores the value. */
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
      return webhookUuid !== NO_WEBHOOK || text === KNOWN_TEXT ? undefined : new Error('another text was expected');
    } catch (error) {
      if (error instanceof LocalShortageError) throw error;
      return error as Error;
    }
  }

  private wrongKey(failure: Error): DatabaseStartError {
    const isOurs = this.cipher instanceof AesSecretCipher;
    return new DatabaseStartError(
      isOurs
        ? `SECRETS_KEY is not the key of this database, whose signing secrets can't be read: ${failure.message}. Restore the ` +
            'key that the database was last used with (of an embedded database: the file secrets.key in DATA_DIR). To change ' +
            'keys, name the old one in SECRETS_KEY_FALLBACKS and run "npm run secrets:reencrypt". For a key that is lost see ' +
            'docs/operating.md.'
        : `The cipher of the application (${this.cipher.constructor.name}) can't read the signing secrets of this ` +
            `database: ${failure.message}. Give it the key that encrypted them.`,
      { cause: failure },
    );
  }
}
