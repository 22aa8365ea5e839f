import { createPublicKey, verify as verifySignature } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const TOLERANCE_SECONDS = 300;

/** Returns the event of a genuine and recent request of a webhook with `ed25519`, and throws for any other. */
export function verify(body: Buffer, headers: IncomingHttpHeaders, publicKey: string, now = Date.now()): unknown {
  const id = String(headers['webhook-id']);
  const timestamp = String(headers['webhook-timestamp']);
  // Written so that NaN is refused too.
  if (!(Math.abs(now / 1000 - Number(timestamp)) <= TOLERANCE_SECONDS)) throw new Error('too old or too new');
  const x = Buffer.from(publicKey.replace(/^whpk_/, ''), 'base64').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  // There are several signatures while the key is being rotated: one right one is enough.
  const signatures = String(headers['webhook-signature']).split(' ');
  const isGenuine = (signature: string): boolean =>
    signature.startsWith('v1a,') && verifySignature(null, content, key, Buffer.from(signature.slice(4), 'base64'));
  if (!signatures.some(isGenuine)) throw new Error('not signed by us');
  return JSON.parse(body.toString('utf8'));
}
