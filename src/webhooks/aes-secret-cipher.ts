import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { SecretCipher } from './secret-cipher.js';

const KEY_ID_BYTES = 4;
/** The size AES-GCM is made for (NIST SP 800-38D, 5.2.1.1). */
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM. Layout: key id (4 bytes), random IV (12), tag (16), ciphertext. */
export class AesSecretCipher extends SecretCipher {
  private readonly keyId: Buffer;

  /** @param key 32 bytes */
  constructor(private readonly key: Buffer) {
    super();
    this.keyId = createHash('sha256').update('docmap key id').update(key).digest().subarray(0, KEY_ID_BYTES);
  }

  override encrypt(secret: string, webhookUuid: string): Uint8Array<ArrayBuffer> {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(webhookUuid));
    const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return new Uint8Array(Buffer.concat([this.keyId, iv, cipher.getAuthTag(), ciphertext]));
  }

  override decrypt(encrypted: Uint8Array, webhookUuid: string): string {
    const bytes = Buffer.from(encrypted);
    if (!bytes.subarray(0, KEY_ID_BYTES).equals(this.keyId)) {
      throw new Error('The signing secret was encrypted under another SECRETS_KEY');
    }
    const iv = bytes.subarray(KEY_ID_BYTES, KEY_ID_BYTES + IV_BYTES);
    const tag = bytes.subarray(KEY_ID_BYTES + IV_BYTES, KEY_ID_BYTES + IV_BYTES + TAG_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.key, iv, { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(webhookUuid))
      .setAuthTag(tag);
    const ciphertext = bytes.subarray(KEY_ID_BYTES + IV_BYTES + TAG_BYTES);
    return decipher.update(ciphertext, undefined, 'utf8') + decipher.final('utf8');
  }
}
