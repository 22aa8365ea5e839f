import { createHmac } from 'node:crypto';

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
