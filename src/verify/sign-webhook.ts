import { randomUUID } from 'node:crypto';
import { PRIVATE_KEY, readPrivateKey } from './ed25519-keys.js';
import { bodySignature, ed25519Signature, standardSignature } from './signatures.js';
import type { VerificationSecret } from './verify-webhook.js';

/** An event to sign. Without `timestamp`, it happened now. */
export interface EventToSign {
  type: string;
  timestamp?: string;
  data: object;
}

/** Options of {@link signWebhook}. */
export interface SignWebhookOptions {
  /** The time of the request: `webhook-timestamp`. A number is in seconds since 1970. Default: now. */
  timestamp?: Date | number;
  /** The `webhook-id`. Default: a random UUID. */
  id?: string;
}

/** A signed request. Send it with `POST`. */
export interface SignedWebhook {
  body: string;
  headers: Record<string, string>;
}

/**
 * Signs a request as the service does, for the tests of a receiver.
 *
 * A valid request: `signWebhook(event, secret)`. One with a changed body: change `body` afterwards. An old one: a `timestamp`
 * ten minutes ago. One of a rotation: several secrets.
 *
 * @param event an event, or the exact text of a body
 * @param secret an HMAC secret, or a private key (`whsk_…`) from `newWebhookKeyPair`; several as during a rotation
 * @throws TypeError if a secret is empty or malformed, if secrets and private keys are mixed, or if the time is no date
 */
export function signWebhook(
  event: EventToSign | string,
  secret: VerificationSecret,
  { timestamp = new Date(), id = randomUUID() }: SignWebhookOptions = {},
): SignedWebhook {
  const secrets = typeof secret === 'string' ? [secret] : secret;
  const seconds = Math.floor(typeof timestamp === 'number' ? timestamp : timestamp.getTime() / 1_000);
  if (!Number.isSafeInteger(seconds)) throw new TypeError('timestamp is not a date');
  if (secrets.length === 0 || secrets.includes('')) throw new TypeError('The secret to sign with is missing');
  const body = typeof event === 'string' ? event : bodyOf(event);
  const message = { id, timestamp: seconds, body };
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
  };
  const privateKeys = secrets.filter((each) => each.startsWith(PRIVATE_KEY));
  if (privateKeys.length === 0) {
    headers['webhook-signature'] = standardSignature(message, secrets);
    headers['x-docmap-signature'] = bodySignature(body, secrets);
  } else if (privateKeys.length === secrets.length) {
    headers['webhook-signature'] = ed25519Signature(message, privateKeys.map(readPrivateKey));
  } else {
    throw new TypeError('A webhook has HMAC secrets or private keys, never both');
  }
  headers['x-docmap-event'] = typeOf(event);
  headers['x-docmap-delivery'] = id;
  headers['x-docmap-attempt'] = '1';
  return { body, headers };
}

function bodyOf({ type, timestamp = new Date().toISOString(), data }: EventToSign): string {
  return JSON.stringify({ type, timestamp, data });
}

/** The type of an event. A text may be anything, also no JSON: a test of a receiver sends that too. */
function typeOf(event: EventToSign | string): string {
  if (typeof event !== 'string') return event.type;
  try {
    const type = (JSON.parse(event) as { type?: unknown } | null)?.type;
    return typeof type === 'string' ? type : '';
  } catch {
    return '';
  }
}
