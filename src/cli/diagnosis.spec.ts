import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { newWebhookKeyPair, signWebhook, verifyWebhook, type WebhookVerificationReason } from '../verify/index.js';
import { diagnose } from './diagnosis.js';
import { sayIn } from './language.js';
import { readRawRequest, type RawRequest } from './raw-request.js';

const NOW = 1_674_088_231;
const SECRET = '0123456789abcdef'.repeat(4);
const EVENT = { type: 'extraction.completed', data: { id: 'extract-1', title: 'Résumé / 추출 “é”', pages: [1, 2] } };
const TEXT = JSON.stringify({ timestamp: '2025-01-20T14:30:03.512Z', ...EVENT });

function signed(text = TEXT, secret = SECRET, options = {}): RawRequest {
  const { body, headers } = signWebhook(text, secret, options);
  return { headers, body: Buffer.from(body) };
}

/** The request, with a body that a receiver changed. */
function changed(change: (text: string) => string | Buffer, text = TEXT): RawRequest {
  return { ...signed(text), body: Buffer.from(change(text) as string) };
}

const withLength = ({ headers, body }: RawRequest, text: string): RawRequest => ({
  headers: { ...headers, 'content-length': String(Buffer.byteLength(text)) },
  body,
});

const cause = (request: RawRequest, secret = SECRET): string => diagnose(request, secret).causes.join(' ');

describe('The diagnosis of a request', () => {
  it('accepts a valid request and lists all steps', () => {
    const { isValid, steps, causes } = diagnose(signed(), SECRET);
    expect({ isValid, causes, names: steps.map(({ name, isOk }) => `${name} ${isOk}`) }).toEqual({
      isValid: true,
      causes: [],
      names: ['headers true', 'clock true', 'signature true', 'body signature true', 'body true'],
    });
  });

  it.each<[string, RawRequest, RegExp]>([
    ['a line break was added', changed((text) => `${text}\n`), /line break was added/],
    ['a CRLF was added', changed((text) => `${text}\r\n`), /line break was added/],
    ['a line break was removed', changed((text) => text.trimEnd(), `${TEXT}\n`), /line break .* removed/],
    ['a byte order mark was added', changed((text) => `\uFEFF${text}`), /byte order mark/],
    [
      'line breaks were changed',
      changed((text) => text.replaceAll('\n', '\r\n'), `{\n"type":"a",\n"data":{}}`),
      /LF to CRLF/,
    ],
    ['the body was read as ISO-8859-1', changed((text) => Buffer.from(text).toString('latin1')), /ISO-8859-1/],
    [
      'the body was read as windows-1252',
      changed((text) => new TextDecoder('windows-1252').decode(Buffer.from(text))),
      /charset/,
    ],
    [
      'the body was written with spaces',
      changed((text) => JSON.stringify(JSON.parse(text), null, 2)),
      /serialized again/,
    ],
    [
      'the body was written with escapes',
      changed((text) => text.replaceAll('é', String.raw`\u00e9`)),
      /serialized again/,
    ],
    [
      'a pretty body was made compact',
      changed((text) => JSON.stringify(JSON.parse(text)), JSON.stringify(EVENT, null, 2)),
      /serialized again/,
    ],
    [
      'the id was changed',
      { ...signed(), headers: { ...signed().headers, 'webhook-id': 'msg_2' } },
      /webhook-id or webhook-timestamp was changed/,
    ],
  ])('finds that %s', (_name, request, expected) => {
    expect(cause(request)).toMatch(expected);
  });

  it.each<[string, RawRequest, RegExp]>([
    ['an empty body', { ...signed(), body: Buffer.alloc(0) }, /^The body is empty: a framework/],
    [
      'a body with another length',
      withLength(
        changed((text) => text.replace('extract-1', 'extract-10')),
        TEXT,
      ),
      /^The body has 148 bytes, but the header content-length says 147/,
    ],
    [
      'a body with the same length',
      withLength(
        changed((text) => text.replace('extract-1', 'extract-2')),
        TEXT,
      ),
      /changed on its way, or the secret or key is that of another webhook/,
    ],
  ])('blames no secret for %s', (_name, request, expected) => {
    expect(cause(request)).toMatch(expected);
  });

  it.each([
    ['white space', ` ${SECRET}\n`, /white space/],
    ['quotes', `"${SECRET}"`, /quotes/],
    ['a prefix', `whsec_${SECRET}`, /whsec_/],
    ['capital letters', SECRET.toUpperCase(), /capital letters/],
    ['base64', Buffer.from(SECRET).toString('base64'), /base64/],
    ['base64 of its bytes', Buffer.from(SECRET, 'hex').toString('base64'), /base64/],
    ['another secret', 'f'.repeat(64), /^No usual change .* changed on its way, or the secret .* another webhook/],
    ['a cut secret', SECRET.slice(1), /64 lower-case hex characters: this one does not/],
  ])('finds that the secret was given with %s', (_name, secret, expected) => {
    expect(cause(signed(), secret)).toMatch(expected);
  });

  it.each([
    ['its characters', Buffer.from(SECRET), /characters of the secret/],
    ['its hex digits', Buffer.from(SECRET, 'hex'), /hex digits/],
  ])('finds that the sender used a secret as %s', (_name, key, expected) => {
    const request = signed();
    const content = `${request.headers['webhook-id']}.${request.headers['webhook-timestamp']}.${TEXT}`;
    const signature = `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
    expect(cause({ ...request, headers: { ...request.headers, 'webhook-signature': signature } })).toMatch(expected);
  });

  it.each<[string, () => ReturnType<typeof diagnose>, string, RegExp]>([
    ['a missing header', () => diagnose({ headers: {}, body: Buffer.from(TEXT) }, SECRET), 'headers', /proxy/],
    [
      'an old request',
      () => diagnose(signed(TEXT, SECRET, { timestamp: 1_674_087_231 }), SECRET),
      'clock',
      /--ignore-time/,
    ],
    ['a wrong kind', () => diagnose(signed(), newWebhookKeyPair().publicKey), 'signature', /HMAC secret/],
    ['a body that is not JSON', () => diagnose(signed('text'), SECRET), 'body', /signed this body/],
  ])('names the failed step of %s', (_name, run, step, expected) => {
    const { isValid, steps, causes } = run();
    expect({ isValid, step: steps.at(-1)?.name, isOk: steps.at(-1)?.isOk }).toEqual({
      isValid: false,
      step,
      isOk: false,
    });
    expect(causes.join(' ')).toMatch(expected);
  });

  it.each<[WebhookVerificationReason, RawRequest, string]>([
    ['missing-header', { headers: { 'webhook-id': 'msg_1' }, body: Buffer.from(TEXT) }, SECRET],
    ['invalid-timestamp', { ...signed(), headers: { ...signed().headers, 'webhook-timestamp': 'now' } }, SECRET],
    ['timestamp-too-old', signed(TEXT, SECRET, { timestamp: 1_674_087_231 }), SECRET],
    ['timestamp-too-new', signed(TEXT, SECRET, { timestamp: 1_674_089_999 }), SECRET],
    ['wrong-signature-kind', signed(TEXT, SECRET, { timestamp: NOW }), newWebhookKeyPair().publicKey],
    ['wrong-signature-kind', signed(TEXT, newWebhookKeyPair().privateKey, { timestamp: NOW }), SECRET],
    ['no-matching-signature', signed(TEXT, SECRET, { timestamp: NOW }), 'f'.repeat(64)],
    [
      'wrong-body-signature',
      {
        ...signed(),
        headers: { ...signed(TEXT, SECRET, { timestamp: NOW }).headers, 'x-docmap-signature': 'sha256=0' },
      },
      SECRET,
    ],
    ['invalid-body', signed('text', SECRET, { timestamp: NOW }), SECRET],
  ])('explains %s as verifyWebhook does, and in Korean', (reason, request, secret) => {
    const now = new Date(NOW * 1_000);
    const english = diagnose(request, secret, { now });
    const korean = diagnose(request, secret, { now, say: sayIn('ko') });
    expect([english.reason, korean.reason]).toEqual([reason, reason]);
    expect(() => verifyWebhook(request.body, request.headers, secret, { now })).toThrow(english.steps.at(-1)?.text);
    for (const each of [...korean.steps.map((step) => step.text), ...korean.causes]) expect(each).toMatch(/[가-힣]/);
  });

  it('ignores the time of a request when it is told to', () => {
    const request = signed(TEXT, SECRET, { timestamp: 1_674_087_231 });
    expect(diagnose(request, SECRET, { isTimeIgnored: true }).isValid).toBe(true);
  });

  it('finds changes of a body with an Ed25519 signature', () => {
    const { publicKey, privateKey } = newWebhookKeyPair();
    const request = signed(TEXT, privateKey);
    expect(diagnose(request, publicKey).isValid).toBe(true);
    expect(cause({ ...request, body: Buffer.from(`${TEXT}\n`) }, publicKey)).toMatch(/line break was added/);
    expect(cause({ ...request, body: Buffer.alloc(0) }, publicKey)).toMatch(/body is empty/);
    expect(cause(request, newWebhookKeyPair().publicKey)).toMatch(/changed on its way, or .* another webhook/);
  });
});

describe('The documented requests', () => {
  it.each(['completed', 'failed', 'test'])('request-%s.http is valid', async (name) => {
    const file = new URL(`../../docs/examples/request-${name}.http`, import.meta.url);
    expect(diagnose(readRawRequest(await readFile(file)), SECRET, { isTimeIgnored: true }).isValid).toBe(true);
  });
});

describe('A recorded request', () => {
  const body = '{"a":\r\n\r\n1}\n';

  it.each([
    ['with CRLF', `POST /hook HTTP/1.1\r\nHost: a\r\nWebhook-Id:  msg_1 \r\n\r\n${body}`],
    ['with LF', `POST /hook HTTP/1.1\nHost: a\nWebhook-Id: msg_1\n\n${body}`],
    ['without a request line', `Host: a\r\nwebhook-id: msg_1\r\n\r\n${body}`],
  ])('is read %s, and keeps the bytes of the body', (_name, text) => {
    const request = readRawRequest(Buffer.from(text));
    expect(request.headers).toEqual({ host: 'a', 'webhook-id': 'msg_1' });
    expect(request.body.toString()).toBe(body);
  });

  it.each([
    ['LF', body.length, '\n'],
    ['CRLF', body.length, '\r\n'],
    ['nothing', body.length, ''],
  ])('is read without %s after its content-length', (_name, length, end) => {
    const head = `webhook-id: msg_1\nContent-Length: ${length}\n\n`;
    expect(readRawRequest(Buffer.from(`${head}${body}${end}`)).body.toString()).toBe(body);
  });

  it.each([
    ['two line breaks', body.length, '\n\n'],
    ['another text', body.length, 'x'],
    ['a length that is no number', 'x', '\n'],
    ['an ignored length', 20, '\n'],
  ])('keeps all bytes with %s', (_name, length, end) => {
    const head = `content-length: ${length}\n\n`;
    expect(readRawRequest(Buffer.from(`${head}${body}${end}`)).body.toString()).toBe(body + end);
  });

  it.each([
    ['no empty line', 'POST / HTTP/1.1\r\nHost: a', /no empty line/],
    ['a line that is no header', 'POST / HTTP/1.1\r\nnothing\r\n\r\n{}', /"nothing" is no header/],
  ])('is refused with %s', (_name, text, expected) => {
    expect(() => readRawRequest(Buffer.from(text))).toThrow(expected);
  });
});
