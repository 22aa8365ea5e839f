import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { verify as verifyBodySignature } from '@octokit/webhooks-methods';
import * as fc from 'fast-check';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { newWebhookKeyPair, signWebhook, verifyWebhook, WebhookVerificationError } from './index.js';

/** The published check vector. */
const SECRET = '0123456789abcdef'.repeat(4);
const BODY = '{"event":"extraction.completed","data":{"id":"extract_9k2m4n6p8q0r1s3t"}}';
const NOW = new Date(1_674_087_231_000);
const HEADERS = {
  'webhook-id': 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W',
  'webhook-timestamp': '1674087231',
  'webhook-signature': 'v1,h9kP8WLYzmpHqCKzjrVAPGtINMwZMweyp6B4cV6AMaw=',
  'x-docmap-signature': 'sha256=6003a79bd1068728c47ab0d6583380c064381e9b9030d2738c8577123c838b9b',
};
const PUBLIC_KEY = 'whpk_IHoGeJKCHiXXcPH7oMR8Ef9LgT5UFi7Onrg54HYjGrY=';
const ED25519 = 'v1a,dWCtHykKBLGL+W1UnnpwDpvtZyJZPmAWEWUmdNNLEi4aTI3n/+fdHZb3r9JtyRVsclZ+w856Yn3j2FlKM/t+DQ==';
const OTHER = 'f'.repeat(64);

const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const events = fc.record({ type: fc.string(), data: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()) });

type Headers = Parameters<typeof verifyWebhook>[1];

function verify(
  headers: Headers,
  {
    body = BODY,
    secret = SECRET,
    now = NOW,
  }: { body?: string | Uint8Array; secret?: string | string[]; now?: Date } = {},
) {
  return verifyWebhook(body, headers, secret, { now });
}

/** The reason of a refusal, or `accepted`. */
function reasonOf(headers: Headers, options?: Parameters<typeof verify>[1]): string {
  try {
    verify(headers, options);
    return 'accepted';
  } catch (error) {
    if (error instanceof WebhookVerificationError) return error.reason;
    throw error;
  }
}

const at = (seconds: number) => ({ now: new Date(NOW.getTime() + seconds * 1_000) });

describe('verifyWebhook', () => {
  it.each([
    ['headers of node:http', HEADERS],
    ['headers of the Fetch API', new Headers(HEADERS)],
    ['capital letters', { ...HEADERS, 'webhook-id': undefined, 'Webhook-Id': HEADERS['webhook-id'] }],
    ['lists of one value', { ...HEADERS, 'webhook-id': [HEADERS['webhook-id']] }],
    ['no x-docmap-signature', { ...HEADERS, 'x-docmap-signature': undefined }],
  ])('returns the event of the published request with %s', (_name, headers) => {
    expect(verify(headers)).toEqual(JSON.parse(BODY));
    expect(verify(headers, { body: Buffer.from(BODY) })).toEqual(JSON.parse(BODY));
  });

  it('verifies the published Ed25519 signature with its public key', () => {
    const headers = { ...HEADERS, 'webhook-signature': ED25519, 'x-docmap-signature': undefined };
    expect(verify(headers, { secret: PUBLIC_KEY })).toEqual(JSON.parse(BODY));
    expect(reasonOf(headers, { secret: newWebhookKeyPair().publicKey })).toBe('no-matching-signature');
    expect(reasonOf(headers, { secret: PUBLIC_KEY, body: `${BODY} ` })).toBe('no-matching-signature');
  });

  it.each<[string, Headers, Parameters<typeof verify>[1], string]>([
    ['an id is missing', { ...HEADERS, 'webhook-id': undefined }, {}, 'missing-header'],
    ['an id is empty', { ...HEADERS, 'webhook-id': '' }, {}, 'missing-header'],
    ['an id comes twice', { ...HEADERS, 'webhook-id': ['msg_1', 'msg_2'] }, {}, 'missing-header'],
    ['an id comes in two cases', { ...HEADERS, 'Webhook-Id': 'msg_1' }, {}, 'missing-header'],
    ['only x-docmap-signature is there', { 'x-docmap-signature': HEADERS['x-docmap-signature'] }, {}, 'missing-header'],
    ['the timestamp is text', { ...HEADERS, 'webhook-timestamp': 'now' }, {}, 'invalid-timestamp'],
    ['the timestamp is NaN', { ...HEADERS, 'webhook-timestamp': 'NaN' }, {}, 'invalid-timestamp'],
    ['the timestamp is negative', { ...HEADERS, 'webhook-timestamp': '-1' }, {}, 'invalid-timestamp'],
    ['the timestamp is hexadecimal', { ...HEADERS, 'webhook-timestamp': '0x63c88c3f' }, {}, 'invalid-timestamp'],
    ['the request is 5 minutes old', HEADERS, at(300), 'accepted'],
    ['the request is older', HEADERS, at(301), 'timestamp-too-old'],
    ['the request is 5 minutes ahead', HEADERS, at(-300), 'accepted'],
    ['the request is further ahead', HEADERS, at(-301), 'timestamp-too-new'],
    ['the body has another byte', HEADERS, { body: `${BODY}\n` }, 'no-matching-signature'],
    [
      'the body is serialized again',
      HEADERS,
      { body: JSON.stringify(JSON.parse(BODY), null, 1) },
      'no-matching-signature',
    ],
    ['the secret is another', HEADERS, { secret: OTHER }, 'no-matching-signature'],
    ['one of two secrets is right', HEADERS, { secret: [OTHER, SECRET] }, 'accepted'],
    ['a secret and a public key are given', HEADERS, { secret: [PUBLIC_KEY, SECRET] }, 'accepted'],
    ['a public key is given for HMAC', HEADERS, { secret: PUBLIC_KEY }, 'wrong-signature-kind'],
    ['a secret is given for Ed25519', { ...HEADERS, 'webhook-signature': ED25519 }, {}, 'wrong-signature-kind'],
    ['the signature has no version', { ...HEADERS, 'webhook-signature': 'h9kP8WLY' }, {}, 'wrong-signature-kind'],
    [
      'the signature is cut',
      { ...HEADERS, 'webhook-signature': HEADERS['webhook-signature'].slice(0, -1) },
      {},
      'no-matching-signature',
    ],
    ['x-docmap-signature is wrong', { ...HEADERS, 'x-docmap-signature': 'sha256=00' }, {}, 'wrong-body-signature'],
    [
      'one of two signatures is right, as during a rotation',
      {
        ...HEADERS,
        'webhook-signature': `v1,${'A'.repeat(43)}= ${HEADERS['webhook-signature']}`,
        'x-docmap-signature': `sha256=${'0'.repeat(64)},${HEADERS['x-docmap-signature']}`,
      },
      {},
      'accepted',
    ],
    [
      'the right signature is behind ten wrong ones',
      { ...HEADERS, 'webhook-signature': `${'v1,A= '.repeat(10)}${HEADERS['webhook-signature']}` },
      {},
      'no-matching-signature',
    ],
  ])('gives the reason when %s', (_name, headers, options, reason) => {
    expect(reasonOf(headers, options)).toBe(reason);
  });

  it.each(['text', '[]', 'null', '1', ''])('refuses a signed body that is not an object: %j', (text) => {
    const { body, headers } = signWebhook(text, SECRET);
    expect(reasonOf(headers, { body, now: new Date() })).toBe('invalid-body');
  });

  it('refuses a signed body that is not UTF-8', () => {
    const body = Buffer.from('{"a":"\xff"}', 'latin1');
    const signer = new StandardWebhook(SECRET);
    // The library signs a text. The secret of both is the same, so only the bytes differ.
    const headers = { ...HEADERS, 'webhook-signature': signer.sign(HEADERS['webhook-id'], NOW, body.toString('utf8')) };
    expect(reasonOf(headers, { body })).toBe('no-matching-signature');
  });

  it.each([
    ['a parsed body', [JSON.parse(BODY), HEADERS, SECRET], 'not a parsed object'],
    ['no body', [undefined, HEADERS, SECRET], 'not a parsed object'],
    ['no headers', [BODY, undefined, SECRET], 'headers of the request are missing'],
    ['a header', [BODY, 'webhook-id: msg_1', SECRET], 'headers of the request are missing'],
    ['no secrets', [BODY, HEADERS, []], 'secret of the webhook is missing'],
    ['an undefined secret', [BODY, HEADERS, undefined], 'secret of the webhook is missing'],
    ['an undefined secret among others', [BODY, HEADERS, [SECRET, undefined]], 'secret of the webhook is missing'],
    ['a secret in an object', [BODY, HEADERS, { secret: SECRET }], 'secret of the webhook is missing'],
    ['an empty secret', [BODY, HEADERS, ''], 'secret of the webhook is missing'],
    ['a secret of white space', [BODY, HEADERS, ' '], '64 hex characters'],
    ['a secret that is not base64', [BODY, HEADERS, '!'.repeat(64)], '64 hex characters'],
    ['a short secret among others', [BODY, HEADERS, [SECRET, 'change-me']], '64 hex characters'],
    ['a cut public key', [BODY, HEADERS, 'whpk_IHoG'], 'base64 of 32 bytes'],
    ['a private key', [BODY, HEADERS, newWebhookKeyPair().privateKey], 'public key'],
    ['a clock that is no date', [BODY, HEADERS, SECRET, { now: new Date(Number.NaN) }], 'now is not a valid date'],
    ['a clock that is a text', [BODY, HEADERS, SECRET, { now: '2025-01-20' }], 'now is not a valid date'],
    ['a tolerance of NaN', [BODY, HEADERS, SECRET, { toleranceSeconds: Number.NaN }], 'toleranceSeconds must be'],
    ['a tolerance below 0', [BODY, HEADERS, SECRET, { toleranceSeconds: -1 }], 'toleranceSeconds must be'],
    ['a tolerance that is a text', [BODY, HEADERS, SECRET, { toleranceSeconds: '5m' }], 'toleranceSeconds must be'],
  ])('tells what is wrong with %s', (_name, given, message) => {
    expect(errorOf(verifyWebhook, given)).toEqual({ isTypeError: true, message: expect.stringContaining(message) });
  });

  it('verifies nothing that is signed with no key', () => {
    const headers = { ...HEADERS, 'x-docmap-signature': undefined };
    const forged = createHmac('sha256', '').update(`${HEADERS['webhook-id']}.1674087231.${BODY}`).digest('base64');
    for (const secret of [' ', '!'.repeat(64)]) {
      expect(() => verify({ ...headers, 'webhook-signature': `v1,${forged}` }, { secret })).toThrow(TypeError);
    }
  });

  it('accepts what signWebhook signs, and nothing that differs in a byte', () => {
    fc.assert(
      fc.property(events, secrets, secrets, fc.nat(), (event, current, previous, index) => {
        const { body, headers } = signWebhook(event, [current, previous]);
        for (const secret of [current, previous]) {
          expect(verifyWebhook(body, headers, secret)).toMatchObject(JSON.parse(JSON.stringify(event)) as object);
        }
        const changed = Buffer.from(body);
        changed[index % changed.length]! ^= 1;
        expect(reasonOf(headers, { body: changed, secret: current, now: new Date() })).toBe('no-matching-signature');
      }),
    );
  });
});

describe('signWebhook', () => {
  const event = { type: 'extraction.completed', data: { id: 'extract-1' } };

  it('makes requests that the public libraries verify', async () => {
    const { body, headers } = signWebhook(event, SECRET);
    expect(new StandardWebhook(SECRET).verify(body, headers)).toMatchObject(event);
    expect(new SvixWebhook(SECRET).verify(body, headers)).toMatchObject(event);
    expect(await verifyBodySignature(SECRET, body, headers['x-docmap-signature'] ?? '')).toBe(true);
  });

  it('makes the published request', () => {
    const { headers } = signWebhook(BODY, SECRET, { id: HEADERS['webhook-id'], timestamp: NOW });
    expect(headers).toMatchObject(HEADERS);
  });

  it('signs with the private key of a pair', () => {
    const { publicKey, privateKey } = newWebhookKeyPair();
    const { body, headers } = signWebhook(event, privateKey);
    expect(headers).not.toHaveProperty('x-docmap-signature');
    expect(verifyWebhook(body, headers, publicKey)).toMatchObject(event);
  });

  it.each([
    ['no event', [undefined, SECRET], 'type and data'],
    ['an event without type', [{ data: {} }, SECRET], 'type and data'],
    ['an event without data', [{ type: 'extraction.completed' }, SECRET], 'type and data'],
    ['bytes', [Buffer.from(BODY), SECRET], 'text of a body'],
    ['an undefined secret', [event, undefined], 'secret of the webhook is missing'],
    ['an empty secret', [event, ''], 'secret of the webhook is missing'],
    ['no secrets', [event, []], 'secret of the webhook is missing'],
    ['a short secret', [event, 'secret'], '64 hex characters'],
    ['a public key', [event, PUBLIC_KEY], 'private key'],
    ['a cut private key', [event, 'whsk_AAAA'], 'base64 of 32 bytes'],
    ['secrets of both kinds', [event, [SECRET, newWebhookKeyPair().privateKey]], 'never both'],
    ['a time that is no date', [event, SECRET, { timestamp: new Date('x') }], 'timestamp is not a valid date'],
    ['a time that is a text', [event, SECRET, { timestamp: '2025-01-20' }], 'timestamp is not a valid date'],
    ['an empty id', [event, SECRET, { id: '' }], 'id is the text'],
    ['an id that is a number', [event, SECRET, { id: 1 }], 'id is the text'],
  ])('tells what is wrong with %s', (_name, given, message) => {
    expect(errorOf(signWebhook, given)).toEqual({ isTypeError: true, message: expect.stringContaining(message) });
  });
});

/** The error of a call with arguments that the types do not allow, as in JavaScript. */
function errorOf(call: (...given: never[]) => unknown, given: readonly unknown[]) {
  try {
    return { result: call(...(given as never[])) };
  } catch (error) {
    return { isTypeError: error instanceof TypeError, message: (error as Error).message };
  }
}
