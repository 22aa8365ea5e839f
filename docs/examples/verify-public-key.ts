import { createPublicKey, verify as verifySignature } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const TOLERANCE_SECONDS = 300;

/** The request is not genuine or not recent: answer 401. */
export class WebhookVerificationError extends Error {}

/**
 * Returns the event of a genuine and recent request of a webhook with `ed25519`.
 *
 * @throws WebhookVerificationError for any other request
 * @throws TypeError if the public key is missing or malformed: answer 500
 */
export function verify(body: Buffer, headers: IncomingHttpHeaders, publicKey: string, now = Date.now()): unknown {
  const id = String(headers['webhook-id']);
  const timestamp = String(headers['webhook-timestamp']);
  if (!/^whpk_[0-9A-Za-z+/]{43}=$/.test(publicKey)) throw new TypeError('the public key must be the one from the API');
  // Written so that NaN is refused too.
  if (!(Math.abs(now / 1000 - Number(timestamp)) <= TOLERANCE_SECONDS)) {
    throw new WebhookVerificationError('too old or too new');
  }
  const x = Buffer.from(publicKey.slice('whpk_'.length), 'base64').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  // There are several signatures during a rotation of the key: one right one is enough.
  const signatures = String(headers['webhook-signature']).split(' ');
  const isGenuine = (signature: string): boolean =>
    signature.startsWith('v1a,') && verifySignature(null, content, key, Buffer.from(signature.slice(4), 'base64'));
  if (!signatures.some(isGenuine)) throw new WebhookVerificationError('not signed by us');
  return JSON.parse(body.toString('utf8'));
}
