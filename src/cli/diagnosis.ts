import { createHmac } from 'node:crypto';
import { verifyWebhook, WebhookVerificationError, type WebhookVerificationReason } from '../verify/index.js';
import { PUBLIC_KEY } from '../verify/ed25519-keys.js';
import { bodySignature, standardSignature } from '../verify/signatures.js';
import { bodyVariants } from './body-variants.js';
import type { RawRequest } from './raw-request.js';

/** A step of the verification. The steps after a failed one are not reached. */
interface Step {
  name: 'headers' | 'clock' | 'signature' | 'body signature' | 'body';
  isOk: boolean;
  text: string;
}

/** The verdict on a request. */
export interface Diagnosis {
  isValid: boolean;
  /** The reason that `verifyWebhook` gives, or null. */
  reason: WebhookVerificationReason | null;
  steps: Step[];
  /** The probable cause of a failure, one sentence each. */
  causes: string[];
}

const STEPS = ['headers', 'clock', 'signature', 'body signature', 'body'] as const;

const STEP_OF: Record<WebhookVerificationReason, Step['name']> = {
  'missing-header': 'headers',
  'invalid-timestamp': 'clock',
  'timestamp-too-old': 'clock',
  'timestamp-too-new': 'clock',
  'wrong-signature-kind': 'signature',
  'no-matching-signature': 'signature',
  'wrong-body-signature': 'body signature',
  'invalid-body': 'body',
};

/**
 * Verifies a request as `verifyWebhook` does, and finds the probable cause of a failure.
 *
 * @param now the time to compare with. With `isTimeIgnored`, the time of the request itself
 */
export function diagnose(
  request: RawRequest,
  secret: string,
  { now = new Date(), isTimeIgnored = false }: { now?: Date; isTimeIgnored?: boolean } = {},
): Diagnosis {
  const at = isTimeIgnored ? (timeOf(request) ?? now) : now;
  const error = errorOf(request, secret, at);
  const failed = error && STEP_OF[error.reason];
  const reached = failed === undefined ? STEPS : STEPS.slice(0, STEPS.indexOf(failed) + 1);
  return {
    isValid: error === undefined,
    reason: error?.reason ?? null,
    steps: reached.map((name) => {
      const isOk = name !== failed;
      return { name, isOk, text: isOk ? textOf(name, request, secret) : (error?.message ?? '') };
    }),
    causes: error === undefined ? [] : causesOf(error.reason, request, secret),
  };
}

function errorOf({ headers, body }: RawRequest, secret: string, now: Date): WebhookVerificationError | undefined {
  try {
    verifyWebhook(body, headers, secret, { now });
    return undefined;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return error;
    throw error;
  }
}

function timeOf({ headers }: RawRequest): Date | undefined {
  const seconds = Number(headers['webhook-timestamp']);
  return Number.isFinite(seconds) ? new Date(seconds * 1_000) : undefined;
}

/** The remark on a step that succeeded. */
function textOf(name: Step['name'], { headers, body }: RawRequest, secret: string): string {
  const texts: Record<Step['name'], string> = {
    headers: 'webhook-id, webhook-timestamp and webhook-signature are there',
    clock: `signed at ${timeOf({ headers, body })?.toISOString()}`,
    signature: secret.startsWith(PUBLIC_KEY)
      ? 'the Ed25519 signature of id.timestamp.body is valid for the public key'
      : 'base64(HMAC-SHA256(base64-decoded secret, id.timestamp.body)) is in webhook-signature',
    'body signature':
      headers['x-docmap-signature'] === undefined
        ? 'x-docmap-signature is not there, which is allowed'
        : 'hex(HMAC-SHA256(characters of the secret, body)) is in x-docmap-signature',
    body: 'a JSON object in UTF-8',
  };
  return texts[name];
}

const CAUSES: Record<Exclude<WebhookVerificationReason, 'wrong-signature-kind' | 'no-matching-signature'>, string> = {
  'missing-header': 'A proxy or a framework may remove the headers webhook-*. A request of another sender has none.',
  'invalid-timestamp': 'webhook-timestamp was changed on its way.',
  'timestamp-too-old':
    'The request is an old one, or the clock of this machine is ahead. --ignore-time checks the rest. ' +
    'The service signs each attempt at its own time.',
  'timestamp-too-new': 'The clock of this machine is behind, or webhook-timestamp was changed.',
  'wrong-body-signature':
    'webhook-signature is valid, so x-docmap-signature itself was changed, or it was made with another secret.',
  'invalid-body': 'The signature is valid, so the sender signed this body. The service sends JSON objects only.',
};

function causesOf(reason: WebhookVerificationReason, request: RawRequest, secret: string): string[] {
  if (reason === 'no-matching-signature') return mismatchCauses(request, secret);
  if (reason === 'wrong-body-signature') {
    // Decoding base64 ignores white space and quotes, so webhook-signature may be valid with such a secret.
    const found = secretVariants(secret).find(([, variant]) => isBodySigned(request, variant));
    if (found) return [found[0]];
  }
  if (reason !== 'wrong-signature-kind') return [CAUSES[reason]];
  return [
    secret.startsWith(PUBLIC_KEY)
      ? 'The webhook signs with an HMAC secret: verify with the secret (64 hex characters).'
      : 'The webhook signs with Ed25519: verify with its publicKey (whpk_…).',
  ];
}

/** Tries the usual changes of a body, a secret and a header until a signature matches. */
function mismatchCauses(request: RawRequest, secret: string): string[] {
  if (secret.startsWith(PUBLIC_KEY)) return publicKeyCauses(request, secret);
  const { headers, body } = request;
  const matches = (candidate: Buffer, key: string) => isSigned({ headers, body: candidate }, key);
  for (const [text, variant] of bodyVariants(body)) if (matches(variant, secret)) return [text];
  for (const [text, variant] of secretVariants(secret)) if (matches(body, variant)) return [text];
  const keys: [string, Buffer][] = [
    ['the characters of the secret, as x-docmap-signature has it', Buffer.from(secret)],
    ['the bytes of its hex digits', Buffer.from(secret, 'hex')],
  ];
  for (const [text, key] of keys) {
    if (signaturesOf(headers).includes(signatureWith(key, headers, body))) {
      return [
        `webhook-signature was made with another encoding of the secret: ${text}. ` +
          'The key is the secret decoded from base64. The service does this, so the sender is another program.',
      ];
    }
  }
  if (isBodySigned(request, secret)) {
    return ['x-docmap-signature is valid, so body and secret are right: webhook-id or webhook-timestamp was changed.'];
  }
  const length = /^[0-9a-f]{64}$/.test(secret)
    ? ''
    : ' The secret of a webhook has 64 lower-case hex characters: this one does not.';
  return [
    'No usual change of the body explains it: the secret is most likely that of another webhook, or it was rotated.' +
      length,
  ];
}

function publicKeyCauses({ headers, body }: RawRequest, publicKey: string): string[] {
  for (const [text, variant] of bodyVariants(body)) {
    const error = errorOf({ headers, body: variant }, publicKey, timeOf({ headers, body }) ?? new Date());
    if (error === undefined || error.reason === 'invalid-body') return [text];
  }
  return [
    'No usual change of the body explains it: the key is most likely that of another webhook, or it was rotated.',
  ];
}

function isSigned({ headers, body }: RawRequest, secret: string): boolean {
  const message = { id: headers['webhook-id'] ?? '', timestamp: Number(headers['webhook-timestamp']), body };
  return signaturesOf(headers).includes(standardSignature(message, [secret]));
}

function isBodySigned({ headers, body }: RawRequest, secret: string): boolean {
  return (headers['x-docmap-signature'] ?? '').split(',').includes(bodySignature(body, [secret]));
}

function signaturesOf(headers: Record<string, string>): string[] {
  return (headers['webhook-signature'] ?? '').split(' ');
}

function signatureWith(key: Buffer, headers: Record<string, string>, body: Buffer): string {
  const start = `${headers['webhook-id']}.${headers['webhook-timestamp']}.`;
  return `v1,${createHmac('sha256', key).update(start).update(body).digest('base64')}`;
}

/** The usual mistakes with a secret, and the right secret if one is made. */
function secretVariants(secret: string): [text: string, secret: string][] {
  const variants: [mistake: string, secret: string][] = [
    ['with white space around it', secret.trim()],
    ['with quotes around it', secret.trim().replaceAll(/^["']|["']$/g, '')],
    ['with the prefix whsec_', secret.replace(/^whsec_/, '')],
    ['in capital letters', secret.toLowerCase()],
    ['encoded as base64 once more', Buffer.from(secret, 'base64').toString('latin1')],
    ['as base64 of its bytes', Buffer.from(secret, 'base64').toString('hex')],
  ];
  return variants
    .filter(([, variant]) => variant !== '' && variant !== secret)
    .map(([mistake, variant]) => [`The secret was given ${mistake}: use it exactly as the API returned it.`, variant]);
}
