import { createHmac, sign, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { privateKeyOf } from '../webhooks/signing-key.js';

/** Imported private keys, at most about 20 MiB. An import takes ten times as long as a signature. */
const privateKeys = new LRUCache<string, KeyObject>({ max: 10_000, memoMethod: privateKeyOf });

/** The signed parts of a request. */
export interface SignedMessage {
  /** The message id, the same on every retry. */
  id: string;
  /** The time of this attempt, in seconds since 1970. */
  timestamp: number;
  /** The exact text that is sent. */
  body: string;
}

/**
 * The value of `webhook-signature` (Standard Webhooks 1.0): `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`, once for
 * each secret. The key is the secret decoded from base64, as the libraries decode the shown secret: `new Webhook(secret)`
 * verifies the signature.
 */
export function standardSignature({ id, timestamp, body }: SignedMessage, secrets: readonly string[]): string {
  const content = `${id}.${timestamp}.${body}`;
  return secrets
    .map((secret) => `v1,${createHmac('sha256', Buffer.from(secret, 'base64')).update(content).digest('base64')}`)
    .join(' ');
}

/**
 * The value of `x-docmap-signature`: `sha256=` and the hex HMAC-SHA256 of the body, once for each secret. The key is the
 * text of the secret, as in `createHmac('sha256', secret)`. GitHub uses the same form.
 */
export function bodySignature(body: string, secrets: readonly string[]): string {
  return secrets.map((secret) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`).join(',');
}

/**
 * The value of `webhook-signature` with Ed25519 (Standard Webhooks 1.0): `v1a,` and the base64 signature of
 * `id.timestamp.body`, once for each key. It takes about 40 µs per key, on the event loop.
 *
 * @param secrets private keys, as `privateKeyOf` reads them
 */
export function ed25519Signature({ id, timestamp, body }: SignedMessage, secrets: readonly string[]): string {
  const content = Buffer.from(`${id}.${timestamp}.${body}`);
  return secrets.map((secret) => `v1a,${sign(null, content, privateKeys.memo(secret)).toString('base64')}`).join(' ');
}

/** Adds the headers with signatures, of the kind of the webhook. */
export function addSignatures(
  headers: Record<string, string>,
  message: SignedMessage,
  secrets: readonly string[],
  isEd25519: boolean,
): void {
  if (isEd25519) {
    headers['webhook-signature'] = ed25519Signature(message, secrets);
    return;
  }
  headers['webhook-signature'] = standardSignature(message, secrets);
  headers['x-docmap-signature'] = bodySignature(message.body, secrets);
}
