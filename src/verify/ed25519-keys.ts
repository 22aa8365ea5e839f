import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** The start of an Ed25519 private key in PKCS #8 (RFC 8410, section 7). The 32 bytes of the key follow. */
const PKCS8_START = Buffer.from('302e020100300506032b657004220420', 'hex');
const KEY_BYTES = 32;

/** The prefixes of keys in Standard Webhooks 1.0. */
export const PUBLIC_KEY = 'whpk_';
export const PRIVATE_KEY = 'whsk_';

/** An Ed25519 key pair in the form of Standard Webhooks: a prefix and the base64 of 32 bytes. */
export interface WebhookKeyPair {
  /** `whpk_…`: a receiver verifies with it. */
  publicKey: string;
  /** `whsk_…`: {@link signWebhook} signs with it. */
  privateKey: string;
}

/**
 * Generates an Ed25519 key pair for tests of a receiver. The service shows the public key of a webhook and never its private
 * key, so a test needs a pair of its own.
 */
export function newWebhookKeyPair(): WebhookKeyPair {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return { publicKey: keyText(PUBLIC_KEY, x), privateKey: keyText(PRIVATE_KEY, d) };
}

function keyText(prefix: string, base64url = ''): string {
  return prefix + Buffer.from(base64url, 'base64url').toString('base64');
}

/**
 * The Ed25519 private key with these bytes. It takes about ten times as long as a signature.
 *
 * @throws Error if there are not exactly 32 bytes
 */
export function privateKeyFrom(bytes: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_START, bytes]), format: 'der', type: 'pkcs8' });
}

/** @throws TypeError if the text is not `whpk_` and the base64 of 32 bytes */
export function readPublicKey(text: string): KeyObject {
  return createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: keyBytes(text, PUBLIC_KEY).toString('base64url') },
    format: 'jwk',
  });
}

/** @throws TypeError if the text is not `whsk_` and the base64 of 32 bytes */
export function readPrivateKey(text: string): KeyObject {
  return privateKeyFrom(keyBytes(text, PRIVATE_KEY));
}

function keyBytes(text: string, prefix: string): Buffer {
  const bytes = Buffer.from(text.slice(prefix.length), 'base64');
  if (!text.startsWith(prefix) || bytes.length !== KEY_BYTES) {
    throw new TypeError(`A key is ${prefix} and the base64 of ${KEY_BYTES} bytes, not ${bytes.length} bytes`);
  }
  return bytes;
}
