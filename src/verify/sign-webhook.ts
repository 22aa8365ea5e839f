import { randomUUID } from 'node:crypto';
import { checkedSecrets, type VerificationSecret } from './checked-secrets.js';
import { PRIVATE_KEY, PUBLIC_KEY, readPrivateKey } from './ed25519-keys.js';
import { secondsOf } from './seconds.js';
import { bodySignature, ed25519Signature, standardSignature } from './signatures.js';

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
 * @throws TypeError if an argument is missing or malformed, or if secrets and private keys are mixed
 */
export function signWebhook(
  event: EventToSign | string,
  secret: VerificationSecret,
  { timestamp = new Date(), id = randomUUID() }: SignWebhookOptions = {},
): SignedWebhook {
  const secrets = checkedSecrets(secret);
  if (secrets.some((each) => each.startsWith(PUBLIC_KEY))) {
    throw new TypeError('A public key (whpk_…) verifies and does not sign: give the private key (whsk_…)');
  }
  const seconds = Math.floor(secondsOf(timestamp, 'timestamp'));
  if (typeof id !== 'string' || id === '') throw new TypeError('id is the text of webhook-id, and is not empty');
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

function bodyOf(event: EventToSign): string {
  if (typeof event?.type !== 'string' || typeof event.data !== 'object') {
    throw new TypeError('The event must be an object with type and data, or the text of a body');
  }
  const { type, timestamp = new Date().toISOString(), data } = event;
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
