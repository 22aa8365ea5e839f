import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Webhook } from '../generated/prisma/client.js';
import { privateKeyFrom } from '../verify/ed25519-keys.js';
import { encryptedBy, orUnavailable } from './cipher-answer.js';
import type { SecretCipher } from './secret-cipher.js';
import { newSigningSecret } from './signing-secret.js';
import type { WebhookSignature } from './webhook-signature.js';

/** A new key of a webhook. */
export interface SigningKey {
  /** The HMAC secret to show once. Null with Ed25519: nobody sees the private key. */
  secret: string | null;
  columns: Pick<Webhook, 'secret' | 'publicKey'>;
}

/**
 * Makes a key from 32 random bytes. A private key has the form of an HMAC secret, because ciphers encrypt no other text.
 *
 * @throws DomainError `SERVICE_UNAVAILABLE` while the cipher can't reach its key
 */
export async function newSigningKey(
  cipher: SecretCipher,
  signature: WebhookSignature,
  webhookUuid: string,
): Promise<SigningKey> {
  const secret = newSigningSecret();
  const encrypted = await orUnavailable(() => encryptedBy(cipher, secret, webhookUuid));
  if (signature === 'hmac-sha256') return { secret, columns: { secret: encrypted, publicKey: null } };
  return { secret: null, columns: { secret: encrypted, publicKey: publicKeyOf(privateKeyOf(secret)) } };
}

/**
 * The Ed25519 private key with these bytes. It takes about ten times as long as a signature.
 *
 * @throws Error if the text is not 64 hex characters
 */
export function privateKeyOf(secret: string): KeyObject {
  return privateKeyFrom(Buffer.from(secret, 'hex'));
}

function publicKeyOf(privateKey: KeyObject): Uint8Array<ArrayBuffer> {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return new Uint8Array(Buffer.from(x, 'base64url'));
}
