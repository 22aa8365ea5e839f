import { createHmac, timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { check, say } from './print.js';
import type { Arrival } from './receiver.js';

/** Verifies both signatures of a request as a receiver does: one with a library, one by hand. */
export function verify({ headers, body }: Arrival, secret: string): void {
  say("webhook-signature, with the public library: new Webhook(secret).verify(body, headers)  // 'standardwebhooks'");
  const payload = new Webhook(secret).verify(body, headers);
  check('it is genuine and recent, and the library returns the payload', payload, JSON.parse(body));

  say("x-docmap-signature, by hand: createHmac('sha256', secret).update(body).digest('hex')       // 'node:crypto'");
  const signature = headers['x-docmap-signature'] ?? '';
  check(`it is sha256=${hmac(body, secret).slice(0, 16)}…, as expected`, isSigned(body, signature, secret), true);
}

/** Shows that both checks refuse a changed body. */
export function verifyTampered({ headers, body }: Arrival, secret: string): void {
  const tampered = body.replace('"pages":3', '"pages":4');
  say(tampered);
  check('webhook-signature: the library throws', refusalOf(tampered, headers, secret), 'No matching signature found');
  const signature = headers['x-docmap-signature'] ?? '';
  check('x-docmap-signature: the HMAC differs', isSigned(tampered, signature, secret), false);
}

function isSigned(body: string, signature: string, secret: string): boolean {
  const expected = Buffer.from(`sha256=${hmac(body, secret)}`);
  const got = Buffer.from(signature);
  // A comparison in constant time does not reveal how much of a guess is right.
  return got.length === expected.length && timingSafeEqual(got, expected);
}

function hmac(body: string, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

function refusalOf(body: string, headers: Record<string, string>, secret: string): string {
  try {
    new Webhook(secret).verify(body, headers);
    return 'accepted';
  } catch (error) {
    return (error as Error).message;
  }
}
