import { createHmac } from 'node:crypto';

/** What a signature is made over. */
export interface SignedMessage {
  /** The message id, the same on every retry. */
  id: string;
  /** Seconds since 1970, of this attempt. */
  timestamp: number;
  /** The exact text that is sent. */
  body: string;
}

/**
 * The value of `webhook-signature` (Standard Webhooks 1.0): `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`,
 * once for each secret. The key is the secret decoded from base64, because that is what the libraries do with a secret
 * as it is shown: `new Webhook(secret)` verifies it.
 */
export function standardSignature({ id, timestamp, body }: SignedMessage, secrets: readonly string[]): string {
  const content = `${id}.${timestamp}.${body}`;
  return secrets
    .map((secret) => `v1,${createHmac('sha256', Buffer.from(secret, 'base64')).update(content).digest('base64')}`)
    .join(' ');
}

/**
 * The value of `x-docmap-signature`: `sha256=` and the hex HMAC-SHA256 of the body, once for each secret, the key being
 * the secret's characters, as `createHmac('sha256', secret)` takes them. The form GitHub uses.
 */
export function bodySignature(body: string, secrets: readonly string[]): string {
  return secrets.map((secret) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`).join(',');
}
