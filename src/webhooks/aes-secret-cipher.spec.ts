import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { AesSecretCipher } from './aes-secret-cipher.js';
import { newSigningSecret } from './signing-secret.js';

const cipher = new AesSecretCipher(randomBytes(32));
const WEBHOOK = '9f86d081-884c-7d65-9a2f-eaa0c55ad015';
const OTHER_WEBHOOK = '9f86d081-884c-7d65-9a2f-eaa0c55ad016';
const SECRET = newSigningSecret();

/** Bytes of key id, initialization vector and tag. */
const OVERHEAD = 4 + 12 + 16;

describe('AesSecretCipher', () => {
  it('decrypts a secret when it has encrypted it', () => {
    expect(SECRET).toMatch(/^[0-9a-f]{64}$/);
    expect(cipher.decrypt(cipher.encrypt(SECRET, WEBHOOK), WEBHOOK)).toBe(SECRET);
  });

  it('decrypts any secret when another instance with the same key has encrypted it', () => {
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(key, fc.string({ unit: 'grapheme' }), fc.uuid(), (key, secret, webhook) => {
        const encrypted = new AesSecretCipher(key).encrypt(secret, webhook);
        expect(new AesSecretCipher(Buffer.from(key)).decrypt(encrypted, webhook)).toBe(secret);
        expect(encrypted).toHaveLength(OVERHEAD + Buffer.byteLength(secret));
      }),
    );
  });

  it('decrypts a secret when its bytes are a Buffer or a part of a larger array', () => {
    const encrypted = cipher.encrypt(SECRET, WEBHOOK);
    const larger = new Uint8Array([1, 2, 3, ...encrypted, 4, 5]);
    expect(cipher.decrypt(Buffer.from(encrypted), WEBHOOK)).toBe(SECRET);
    expect(cipher.decrypt(larger.subarray(3, 3 + encrypted.length), WEBHOOK)).toBe(SECRET);
  });

  it('hides the secret when its bytes are searched', () => {
    const text = Buffer.from(cipher.encrypt(SECRET, WEBHOOK));
    expect(text.includes(SECRET)).toBe(false);
    expect(text.includes(Buffer.from(SECRET, 'hex'))).toBe(false);
  });

  it('returns different bytes when it encrypts the same secret for the same webhook again', () => {
    const encrypted = Array.from({ length: 200 }, () => Buffer.from(cipher.encrypt(SECRET, WEBHOOK)));
    const distinct = (from: number, to?: number) =>
      new Set(encrypted.map((bytes) => bytes.subarray(from, to).toString('hex'))).size;
    expect(distinct(4, 16)).toBe(200);
    expect(distinct(OVERHEAD)).toBe(200);
  });

  it('fails to decrypt when the secret is of another webhook', () => {
    const encrypted = cipher.encrypt(SECRET, WEBHOOK);
    for (const webhook of [OTHER_WEBHOOK, '', WEBHOOK.toUpperCase(), WEBHOOK.replaceAll('-', ''), `${WEBHOOK} `]) {
      expect(() => cipher.decrypt(encrypted, webhook)).toThrow('unable to authenticate data');
    }
  });

  it('fails to decrypt and names SECRETS_KEY when another key encrypted the secret', () => {
    const other = new AesSecretCipher(randomBytes(32));
    const encrypted = cipher.encrypt(SECRET, WEBHOOK);
    expect(() => other.decrypt(encrypted, WEBHOOK)).toThrow(
      'The signing secret was encrypted under another SECRETS_KEY',
    );
    const claimed = new Uint8Array([...other.encrypt('', WEBHOOK).subarray(0, 4), ...encrypted.subarray(4)]);
    expect(() => other.decrypt(claimed, WEBHOOK)).toThrow('unable to authenticate data');
  });

  it('decrypts under each key and encrypts under the first when there are fallback keys', () => {
    const [current, before, oldest] = [randomBytes(32), randomBytes(32), randomBytes(32)];
    const several = new AesSecretCipher(current, [before, oldest]);
    for (const key of [current, before, oldest]) {
      expect(several.decrypt(new AesSecretCipher(key).encrypt(SECRET, WEBHOOK), WEBHOOK)).toBe(SECRET);
    }
    const written = several.encrypt(SECRET, WEBHOOK);
    expect(new AesSecretCipher(current).decrypt(written, WEBHOOK)).toBe(SECRET);
    for (const key of [before, oldest]) {
      expect(() => new AesSecretCipher(key).decrypt(written, WEBHOOK)).toThrow('under another SECRETS_KEY');
    }
    expect(() => several.decrypt(cipher.encrypt(SECRET, WEBHOOK), WEBHOOK)).toThrow('under another SECRETS_KEY');
  });

  it('fails to decrypt under a fallback key when the webhook or a byte is another one', () => {
    const before = randomBytes(32);
    const several = new AesSecretCipher(randomBytes(32), [before]);
    const encrypted = new AesSecretCipher(before).encrypt(SECRET, WEBHOOK);
    expect(() => several.decrypt(encrypted, OTHER_WEBHOOK)).toThrow('unable to authenticate data');
    for (let index = 4; index < encrypted.length; index += 1) {
      const changed = encrypted.slice();
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => several.decrypt(changed, WEBHOOK)).toThrow('unable to authenticate data');
    }
  });

  it('recognizes secrets under the present key when that key is also a fallback', () => {
    const [current, before] = [randomBytes(32), randomBytes(32)];
    const several = new AesSecretCipher(current, [before, current, current]);
    expect(several.isCurrent(several.encrypt(SECRET, WEBHOOK))).toBe(true);
    expect(several.isCurrent(new AesSecretCipher(current).encrypt(SECRET, WEBHOOK))).toBe(true);
    expect(several.isCurrent(new AesSecretCipher(before).encrypt(SECRET, WEBHOOK))).toBe(false);
    expect(several.isCurrent(new Uint8Array())).toBe(false);
  });

  it('fails to decrypt when any one bit was changed', () => {
    const encrypted = cipher.encrypt(SECRET, WEBHOOK);
    for (let bit = 0; bit < encrypted.length * 8; bit += 1) {
      const changed = encrypted.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => cipher.decrypt(changed, WEBHOOK)).toThrow(/another SECRETS_KEY|unable to authenticate data/);
    }
  });

  it('fails to decrypt when the bytes are cut, extended or random', () => {
    const encrypted = cipher.encrypt(SECRET, WEBHOOK);
    for (let length = 0; length < encrypted.length; length += 1) {
      expect(() => cipher.decrypt(encrypted.subarray(0, length), WEBHOOK)).toThrow(/./);
    }
    expect(() => cipher.decrypt(new Uint8Array([...encrypted, 0]), WEBHOOK)).toThrow('unable to authenticate data');
    expect(() => cipher.decrypt(randomBytes(encrypted.length), WEBHOOK)).toThrow(/./);
  });

  it('fails to encrypt when the key does not have 32 bytes', () => {
    for (const length of [0, 16, 31, 33, 64]) {
      expect(() => new AesSecretCipher(Buffer.alloc(length)).encrypt(SECRET, WEBHOOK)).toThrow('Invalid key length');
    }
  });
});
