import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const TOLERANCE_SECONDS = 300;

/** Returns the event of a genuine and recent request, going by `webhook-signature`, and throws for any other. */
export function verify(body: Buffer, headers: IncomingHttpHeaders, secret: string, now = Date.now()): unknown {
  const id = String(headers['webhook-id']);
  const timestamp = String(headers['webhook-timestamp']);
  // Written so that NaN is refused too.
  if (!(Math.abs(now / 1000 - Number(timestamp)) <= TOLERANCE_SECONDS)) throw new Error('too old or too new');
  const hmac = createHmac('sha256', Buffer.from(secret, 'base64')).update(`${id}.${timestamp}.`).update(body);
  const expected = `v1,${hmac.digest('base64')}`;
  // There are several signatures while a secret is being rotated: one right one is enough.
  const signatures = String(headers['webhook-signature']).split(' ');
  if (!signatures.some((signature) => isEqual(signature, expected))) throw new Error('not signed by us');
  return JSON.parse(body.toString('utf8'));
}

/** The same for `x-docmap-signature`, which says nothing about when the request was made. */
export function verifyBody(body: Buffer, headers: IncomingHttpHeaders, secret: string): unknown {
  const expected = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  const signatures = String(headers['x-docmap-signature']).split(',');
  if (!signatures.some((signature) => isEqual(signature, expected))) throw new Error('not signed by us');
  return JSON.parse(body.toString('utf8'));
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
