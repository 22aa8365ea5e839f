import { timingSafeEqual, verify, type KeyObject } from 'node:crypto';
import { checkedSecrets, type VerificationSecret } from './checked-secrets.js';
import { PRIVATE_KEY, PUBLIC_KEY, readPublicKey } from './ed25519-keys.js';
import { checkedHeaders, headerOf, requiredHeader, type RequestHeaders } from './request-headers.js';
import { secondsOf } from './seconds.js';
import { bodySignature, signedContent, standardSignature, type SignedMessage } from './signatures.js';
import { WebhookVerificationError } from './webhook-verification.error.js';
import type { WebhookEvent } from './webhook-events.js';

export type { VerificationSecret };

/** Five minutes, as the libraries of Standard Webhooks. */
const TOLERANCE_SECONDS = 300;
/**
 * The number of signatures that are checked. A rotation has two. A check of an Ed25519 signature takes about 100 µs, and a
 * header has room for a hundred.
 */
const MAX_SIGNATURES = 10;

/** Options of {@link verifyWebhook}. */
export interface VerifyWebhookOptions {
  /** The largest difference between `webhook-timestamp` and the clock, in seconds. Default: 300. */
  toleranceSeconds?: number;
  /** The time to compare with, for recorded requests. Default: now. */
  now?: Date;
}

/**
 * Verifies a request and returns its event.
 *
 * It checks `webhook-timestamp` and `webhook-signature`, and `x-docmap-signature` if the request has it. Comparisons take
 * constant time. During a rotation, a request has a signature for each secret: one valid signature is enough. The receiver
 * must still drop repeats of a `webhook-id`.
 *
 * @param body the body as it came: its bytes, or its text. Not a parsed object
 * @param secret the secret as the API returned it (64 hex characters), or the public key (`whpk_…`) of a webhook with Ed25519
 * @throws WebhookVerificationError if the request is not genuine or not recent. Its `reason` says why
 * @throws TypeError if an argument is wrong, such as a parsed body or an empty secret: the fault is not in the request
 */
export function verifyWebhook(
  body: string | Uint8Array,
  headers: RequestHeaders,
  secret: VerificationSecret,
  options: VerifyWebhookOptions = {},
): WebhookEvent {
  const bytes = bytesOf(body);
  const keys = readKeys(secret);
  const clock = checkOptions(options);
  const given = checkedHeaders(headers);
  const id = requiredHeader(given, 'webhook-id');
  const timestamp = checkTimestamp(requiredHeader(given, 'webhook-timestamp'), clock);
  const signatures = requiredHeader(given, 'webhook-signature').split(' ').slice(0, MAX_SIGNATURES);
  checkSignatures({ id, timestamp, body: bytes }, signatures, keys);
  if (keys.secrets.length > 0) checkBodySignature(bytes, headerOf(given, 'x-docmap-signature'), keys);
  return parse(bytes) as WebhookEvent;
}

interface Keys {
  secrets: string[];
  publicKeys: KeyObject[];
}

function bytesOf(body: unknown): Uint8Array {
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  throw new TypeError(
    'The body must be the bytes or the text of the request, not a parsed object: parsing changes them. ' +
      'See "Raw body" in the documents of DocMap Webhooks.',
  );
}

/** @throws TypeError if a secret is missing or malformed */
export function checkSecret(secret: VerificationSecret): void {
  readKeys(secret);
}

function isPublicKey(text: string): boolean {
  return text.startsWith(PUBLIC_KEY);
}

function readKeys(secret: VerificationSecret): Keys {
  const all = checkedSecrets(secret);
  if (all.some((text) => text.startsWith(PRIVATE_KEY))) {
    throw new TypeError(
      'A private key (whsk_…) signs and does not verify: give the public key (whpk_…) of the webhook',
    );
  }
  return {
    secrets: all.filter((text) => !isPublicKey(text)),
    publicKeys: all.filter(isPublicKey).map(readPublicKey),
  };
}

interface Clock {
  /** Seconds. */
  tolerance: number;
  /** Seconds since 1970. */
  now: number;
}

function checkOptions({
  toleranceSeconds: tolerance = TOLERANCE_SECONDS,
  now = new Date(),
}: VerifyWebhookOptions): Clock {
  if (!(typeof tolerance === 'number' && tolerance >= 0)) {
    throw new TypeError('toleranceSeconds must be a number of seconds, 0 or more');
  }
  return { tolerance, now: secondsOf(now, 'now') };
}

/** @returns seconds since 1970 */
function checkTimestamp(text: string, { tolerance, now }: Clock): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw new WebhookVerificationError('invalid-timestamp', 'webhook-timestamp must be a number of seconds since 1970');
  }
  const timestamp = Number(text);
  const age = now - timestamp;
  if (age > tolerance) {
    throw new WebhookVerificationError('timestamp-too-old', `The request was signed ${Math.round(age)} s ago`);
  }
  if (age < -tolerance) {
    throw new WebhookVerificationError('timestamp-too-new', `The request was signed ${Math.round(-age)} s from now`);
  }
  return timestamp;
}

function checkSignatures(message: SignedMessage, signatures: readonly string[], { secrets, publicKeys }: Keys): void {
  const hmacs = signatures.filter((each) => each.startsWith('v1,'));
  const ed25519s = signatures.filter((each) => each.startsWith('v1a,'));
  const expected = secrets.map((secret) => standardSignature(message, [secret]));
  if (hmacs.some((given) => expected.some((each) => isEqual(given, each)))) return;
  const content = publicKeys.length > 0 ? signedContent(message) : Buffer.alloc(0);
  const isValid = (given: string, key: KeyObject) =>
    verify(null, content, key, Buffer.from(given.slice('v1a,'.length), 'base64'));
  if (ed25519s.some((given) => publicKeys.some((key) => isValid(given, key)))) return;
  if ((secrets.length === 0 || hmacs.length === 0) && (publicKeys.length === 0 || ed25519s.length === 0)) {
    throw new WebhookVerificationError(
      'wrong-signature-kind',
      ed25519s.length > 0
        ? 'The request has an Ed25519 signature: verify it with the public key (whpk_…) of the webhook'
        : `The request has no ${secrets.length > 0 ? 'v1' : 'v1a'} signature`,
    );
  }
  throw new WebhookVerificationError(
    'no-matching-signature',
    'No signature matches: the body changed on its way, or the secret is of another webhook',
  );
}

function checkBodySignature(bytes: Uint8Array, header: string | undefined, { secrets }: Keys): void {
  if (header === undefined) return;
  const given = header.split(',').slice(0, MAX_SIGNATURES);
  const expected = secrets.map((secret) => bodySignature(bytes, [secret]));
  if (given.some((each) => expected.some((one) => isEqual(each.trim(), one)))) return;
  throw new WebhookVerificationError('wrong-body-signature', 'x-docmap-signature does not match');
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function parse(bytes: Uint8Array): object {
  try {
    const event: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    if (typeof event === 'object' && event !== null && !Array.isArray(event)) return event;
  } catch {
    // The error below says it for all cases.
  }
  throw new WebhookVerificationError('invalid-body', 'The body is not a JSON object in UTF-8');
}
