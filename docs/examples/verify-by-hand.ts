import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const TOLERANCE_SECONDS = 300;

/** The request is not genuine or not recent: answer 401. */
export class WebhookVerificationError extends Error {}

/**
 * Returns the event of a genuine and recent request, going by `webhook-signature`.
 *
 * @throws WebhookVerificationError for any other request
 * @throws TypeError if the secret is missing or malformed: answer 500
 */
export function verify(body: Buffer, headers: IncomingHttpHeaders, secret: string, now = Date.now()): unknown {
  const id = String(headers['webhook-id']);
  const timestamp = String(headers['webhook-timestamp']);
  const expected = sign(id, timestamp, body, secret);
  // Written so that NaN is refused too.
  if (!(Math.abs(now / 1000 - Number(timestamp)) <= TOLERANCE_SECONDS)) {
    throw new WebhookVerificationError('too old or too new');
  }
  requireOneEqual(String(headers['webhook-signature']).split(' '), expected);
  return JSON.parse(body.toString('utf8'));
}

/** The same for `x-docmap-signature`, which says nothing about when the request was made. */
export function verifyBody(body: Buffer, headers: IncomingHttpHeaders, secret: string): unknown {
  const expected = `sha256=${createHmac('sha256', checked(secret)).update(body).digest('hex')}`;
  requireOneEqual(String(headers['x-docmap-signature']).split(','), expected);
  return JSON.parse(body.toString('utf8'));
}

/** The `webhook-signature` of a request. Your tests can sign with it. */
export function sign(id: string, timestamp: string, body: Buffer, secret: string): string {
  const key = Buffer.from(checked(secret), 'base64');
  const hmac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body);
  return `v1,${hmac.digest('base64')}`;
}

/** Anyone can sign with an empty key: a secret that is not set must never verify a request. */
function checked(secret: string): string {
  if (!/^[0-9a-f]{64}$/.test(secret)) throw new TypeError('the secret must be the 64 hex characters from the API');
  return secret;
}

/** There are several signatures during a rotation of the secret: one right one is enough. */
function requireOneEqual(signatures: string[], expected: string): void {
  const right = Buffer.from(expected);
  const isRight = (given: Buffer): boolean => given.length === right.length && timingSafeEqual(given, right);
  if (!signatures.some((signature) => isRight(Buffer.from(signature)))) {
    throw new WebhookVerificationError('not signed by us');
  }
}
