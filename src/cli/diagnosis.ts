import { createHmac } from 'node:crypto';
import { joined, text, type Phrase } from '../translations/phrase.js';
import { verifyWebhook, WebhookVerificationError, type WebhookVerificationReason } from '../verify/index.js';
import { PUBLIC_KEY } from '../verify/ed25519-keys.js';
import { bodySignature, standardSignature } from '../verify/signatures.js';
import { bodyVariants } from './body-variants.js';
import type { Say } from './language.js';
import type { RawRequest } from './raw-request.js';
import { secretVariants } from './secret-variants.js';

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
 * @param say the language of the texts. Default: English
 */
export function diagnose(
  request: RawRequest,
  secret: string,
  { now = new Date(), isTimeIgnored = false, say = String }: { now?: Date; isTimeIgnored?: boolean; say?: Say } = {},
): Diagnosis {
  const at = isTimeIgnored ? (timeOf(request) ?? now) : now;
  const error = errorOf(request, secret, at);
  const failed = error && STEP_OF[error.reason];
  const reached = failed === undefined ? STEPS : STEPS.slice(0, STEPS.indexOf(failed) + 1);
  return {
    isValid: error === undefined,
    reason: error?.reason ?? null,
    steps: reached.map((name) => {
      const isOk = error === undefined || name !== failed;
      return {
        name,
        isOk,
        text: say(isOk ? remarkOn(name, request, secret) : faultOf(error.reason, request, secret, at)),
      };
    }),
    causes: error === undefined ? [] : causesOf(error.reason, request, secret).map(say),
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
function remarkOn(name: Step['name'], { headers, body }: RawRequest, secret: string): Phrase {
  const remarks: Record<Step['name'], Phrase> = {
    headers: text('webhook-id, webhook-timestamp and webhook-signature are there'),
    clock: text('signed at {{time}}', { time: timeOf({ headers, body })?.toISOString() ?? '' }),
    signature: secret.startsWith(PUBLIC_KEY)
      ? text('the Ed25519 signature of id.timestamp.body is valid for the public key')
      : text('base64(HMAC-SHA256(base64-decoded secret, id.timestamp.body)) is in webhook-signature'),
    'body signature':
      headers['x-docmap-signature'] === undefined
        ? text('x-docmap-signature is not there, which is allowed')
        : text('hex(HMAC-SHA256(characters of the secret, body)) is in x-docmap-signature'),
    body: text('a JSON object in UTF-8'),
  };
  return remarks[name];
}

/** The fault of a reason. In English it is the message of `verifyWebhook`, which has no other language. */
function faultOf(reason: WebhookVerificationReason, request: RawRequest, secret: string, now: Date): Phrase {
  const { headers } = request;
  const age = (now.getTime() - (timeOf(request)?.getTime() ?? Number.NaN)) / 1_000;
  const faults: Record<WebhookVerificationReason, () => Phrase> = {
    'missing-header': () => {
      const name = REQUIRED.find((each) => !headers[each]) ?? '';
      return text('The request needs exactly one header {{name}}', { name });
    },
    'invalid-timestamp': () => text('webhook-timestamp must be a number of seconds since 1970'),
    'timestamp-too-old': () => text('The request was signed {{seconds}} s ago', { seconds: Math.round(age) }),
    'timestamp-too-new': () => text('The request was signed {{seconds}} s from now', { seconds: Math.round(-age) }),
    'wrong-signature-kind': () =>
      signaturesOf(headers).some((each) => each.startsWith('v1a,'))
        ? text('The request has an Ed25519 signature: verify it with the public key (whpk_…) of the webhook')
        : text('The request has no {{kind}} signature', { kind: secret.startsWith(PUBLIC_KEY) ? 'v1a' : 'v1' }),
    'no-matching-signature': () =>
      text('No signature matches: the body changed on its way, or the secret is of another webhook'),
    'wrong-body-signature': () => text('x-docmap-signature does not match'),
    'invalid-body': () => text('The body is not a JSON object in UTF-8'),
  };
  return faults[reason]();
}

const REQUIRED = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];

const CAUSES: Record<Exclude<WebhookVerificationReason, 'wrong-signature-kind' | 'no-matching-signature'>, Phrase> = {
  'missing-header': text(
    'A proxy or a framework may remove the headers webhook-*. A request of another sender has none.',
  ),
  'invalid-timestamp': text('webhook-timestamp was changed on its way.'),
  'timestamp-too-old': text(
    'The request is an old one, or the clock of this machine is ahead. --ignore-time checks the rest. The service signs each attempt at its own time.',
  ),
  'timestamp-too-new': text('The clock of this machine is behind, or webhook-timestamp was changed.'),
  'wrong-body-signature': text(
    'webhook-signature is valid, so x-docmap-signature itself was changed, or it was made with another secret.',
  ),
  'invalid-body': text('The signature is valid, so the sender signed this body. The service sends JSON objects only.'),
};

function causesOf(reason: WebhookVerificationReason, request: RawRequest, secret: string): Phrase[] {
  if (reason === 'no-matching-signature') return mismatchCauses(request, secret);
  if (reason === 'wrong-body-signature') {
    // Decoding base64 ignores white space and quotes, so webhook-signature may be valid with such a secret.
    const found = secretVariants(secret).find(([, variant]) => isBodySigned(request, variant));
    if (found) return [found[0]];
  }
  if (reason !== 'wrong-signature-kind') return [CAUSES[reason]];
  return [
    secret.startsWith(PUBLIC_KEY)
      ? text('The webhook signs with an HMAC secret: verify with the secret (64 hex characters).')
      : text('The webhook signs with Ed25519: verify with its publicKey (whpk_…).'),
  ];
}

/** Tries the usual changes of a body, a secret and a header until a signature matches. */
function mismatchCauses(request: RawRequest, secret: string): Phrase[] {
  if (secret.startsWith(PUBLIC_KEY)) return publicKeyCauses(request, secret);
  const { headers, body } = request;
  const matches = (candidate: Buffer, key: string) => isSigned({ headers, body: candidate }, key);
  for (const [cause, variant] of bodyVariants(body)) if (matches(variant, secret)) return [cause];
  for (const [cause, variant] of secretVariants(secret)) if (matches(body, variant)) return [cause];
  const keys: [Phrase, Buffer][] = [
    [text('the characters of the secret, as x-docmap-signature has it'), Buffer.from(secret)],
    [text('the bytes of its hex digits'), Buffer.from(secret, 'hex')],
  ];
  for (const [encoding, key] of keys) {
    if (signaturesOf(headers).includes(signatureWith(key, headers, body))) {
      return [
        text(
          'webhook-signature was made with another encoding of the secret: {{encoding}}. The key is the secret decoded from base64. The service does this, so the sender is another program.',
          { encoding },
        ),
      ];
    }
  }
  if (isBodySigned(request, secret)) {
    return [
      text('x-docmap-signature is valid, so body and secret are right: webhook-id or webhook-timestamp was changed.'),
    ];
  }
  const unknown = unexplained(request);
  if (/^[0-9a-f]{64}$/.test(secret)) return [unknown];
  return [joined([unknown, text('The secret of a webhook has 64 lower-case hex characters: this one does not.')], ' ')];
}

function publicKeyCauses(request: RawRequest, publicKey: string): Phrase[] {
  const { headers, body } = request;
  for (const [cause, variant] of bodyVariants(body)) {
    const error = errorOf({ headers, body: variant }, publicKey, timeOf({ headers, body }) ?? new Date());
    if (error === undefined || error.reason === 'invalid-body') return [cause];
  }
  return [unexplained(request)];
}

/** The probable cause if no usual change makes a signature match. */
function unexplained({ headers, body, isAsSent }: RawRequest): Phrase {
  if (isAsSent === true) {
    return text('The request is as it was sent: the secret or key is that of another webhook, or it was rotated.');
  }
  const { 'content-length': length } = headers;
  if (body.length === 0) {
    return text(
      'The body is empty: a framework has probably read it already. Take the bytes before it parses the body.',
    );
  }
  if (length !== undefined && Number(length) !== body.length) {
    return text(
      'The body has {{bytes}} bytes, but the header content-length says {{length}}: the body was changed on its way, or it was not recorded completely.',
      { bytes: body.length, length },
    );
  }
  return text(
    'No usual change explains it. Either the body or a header webhook-* was changed on its way, or the secret or key is that of another webhook or was rotated.',
  );
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
