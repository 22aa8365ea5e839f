import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { SecretCipher } from './secret-cipher.js';

const KEY_ID_BYTES = 4;
/** The recommended length for AES-GCM (NIST SP 800-38D, 5.2.1.1). */
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM. Layout: key id (4 bytes), random IV (12), tag (16), ciphertext. */
export class AesSecretCipher extends SecretCipher {
  private readonly keyId: Buffer;
  /** Keys that decrypt, by key id in hex. */
  private readonly keys: ReadonlyMap<string, Buffer>;

  /**
   * @param key encrypts and decrypts; 32 bytes
   * @param fallbacks further keys of 32 bytes, which only decrypt
   */
  constructor(
    private readonly key: Buffer,
    fallbacks: readonly Buffer[] = [],
  ) {
    super();
    this.keyId = keyIdOf(key);
    this.keys = new Map([...fallbacks, key].map((each) => [keyIdOf(each).toString('hex'), each]));
  }

  override encrypt(secret: string, webhookId: string): Uint8Array<ArrayBuffer> {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(webhookId));
    const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return new Uint8Array(Buffer.concat([this.keyId, iv, cipher.getAuthTag(), ciphertext]));
  }

  override decrypt(encrypted: Uint8Array, webhookId: string): string {
    const bytes = Buffer.from(encrypted);
    const key = this.keys.get(bytes.subarray(0, KEY_ID_BYTES).toString('hex'));
    if (!key) throw new Error('The signing secret was encrypted under another SECRETS_KEY');
    const iv = bytes.subarray(KEY_ID_BYTES, KEY_ID_BYTES + IV_BYTES);
    const tag = bytes.subarray(KEY_ID_BYTES + IV_BYTES, KEY_ID_BYTES + IV_BYTES + TAG_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(webhookId))
      .setAuthTag(tag);
    const ciphertext = bytes.subarray(KEY_ID_BYTES + IV_BYTES + TAG_BYTES);
    return decipher.update(ciphertext, undefined, 'utf8') + decipher.final('utf8');
  }

  override isCurrent(encrypted: Uint8Array): boolean {
    return this.keyId.equals(encrypted.subarray(0, KEY_ID_BYTES));
  }
}

/** The id of a key, from a hash. It reveals nothing about the key. */
function keyIdOf(key: Buffer): Buffer {
  return createHash('sha256').update('docmap key id').update(key).digest().subarray(0, KEY_ID_BYTES);
}
