import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { verify } from '@octokit/webhooks-methods';
import * as fc from 'fast-check';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { verify as verifyWithPublicKey } from '../../docs/examples/verify-public-key.js';
import { privateKeyFrom } from './ed25519-keys.js';
import { bodySignature, ed25519Signature, standardSignature, type SignedMessage } from './signatures.js';

/** The published check vector. Receivers in other languages can test with it. */
const VECTOR = {
  secret: '0123456789abcdef'.repeat(4),
  id: 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W',
  timestamp: 1_674_087_231,
  body: '{"event":"extraction.completed","data":{"id":"extract_9k2m4n6p8q0r1s3t"}}',
  standard: 'v1,h9kP8WLYzmpHqCKzjrVAPGtINMwZMweyp6B4cV6AMaw=',
  ofBody: 'sha256=6003a79bd1068728c47ab0d6583380c064381e9b9030d2738c8577123c838b9b',
  /** The secret as a private key. The package `cryptography` of Python made these values. */
  publicKey: 'whpk_IHoGeJKCHiXXcPH7oMR8Ef9LgT5UFi7Onrg54HYjGrY=',
  ed25519: 'v1a,dWCtHykKBLGL+W1UnnpwDpvtZyJZPmAWEWUmdNNLEi4aTI3n/+fdHZb3r9JtyRVsclZ+w856Yn3j2FlKM/t+DQ==',
};

const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const bodies = fc.json({ stringUnit: 'grapheme' });

function headersOf({ id, timestamp, body }: SignedMessage, signers: string[]): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': standardSignature({ id, timestamp, body }, signers),
  };
}

/** Libraries refuse signatures that are older than five minutes. */
const now = (): number => Math.floor(Date.now() / 1_000);

describe('webhook-signature', () => {
  it('is the published check vector', () => {
    expect(standardSignature(VECTOR, [VECTOR.secret])).toBe(VECTOR.standard);
  });

  it.each([
    ['no secret', [], ''],
    ['one secret', [VECTOR.secret], VECTOR.standard],
    ['two, separated by a space', [VECTOR.secret, VECTOR.secret], `${VECTOR.standard} ${VECTOR.standard}`],
  ])('has one signature for each secret: %s', (_case, signers, expected) => {
    expect(standardSignature(VECTOR, signers)).toBe(expected);
  });

  it('keeps the order of secrets', () => {
    const other = randomBytes(32).toString('hex');
    const [first, second] = standardSignature(VECTOR, [other, VECTOR.secret]).split(' ');
    expect([first, second]).toEqual([standardSignature(VECTOR, [other]), VECTOR.standard]);
  });

  it.each([
    ['standardwebhooks', StandardWebhook],
    ['svix', SvixWebhook],
  ])('is verified by %s with the returned secret, with any body', (_name, Library) => {
    fc.assert(
      fc.property(secrets, fc.uuid(), bodies, (secret, id, body) => {
        const headers = headersOf({ id, timestamp: now(), body }, [secret]);
        expect(new Library(secret).verify(body, headers)).toEqual(JSON.parse(body));
      }),
    );
  });

  it('is verified with each secret of a rotation, and with no other secret', () => {
    fc.assert(
      fc.property(secrets, secrets, secrets, fc.jsonValue(), (current, previous, stranger, value) => {
        fc.pre(stranger !== current && stranger !== previous);
        const message = { id: 'msg_1', timestamp: now(), body: JSON.stringify(value) };
        const headers = headersOf(message, [current, previous]);
        const verifyWith = (secret: string) => () => new StandardWebhook(secret).verify(message.body, headers);
        expect(verifyWith(current)).not.toThrow();
        expect(verifyWith(previous)).not.toThrow();
        expect(verifyWith(stranger)).toThrow(/No matching signature/);
      }),
    );
  });

  it.each([
    ['the id', { id: 'msg_other' }],
    ['the timestamp', { timestamp: VECTOR.timestamp + 1 }],
    ['the body', { body: `${VECTOR.body} ` }],
  ])('differs when %s changes', (_case, change) => {
    expect(standardSignature({ ...VECTOR, ...change }, [VECTOR.secret])).not.toBe(VECTOR.standard);
  });
});

describe('x-docmap-signature', () => {
  it('is the published check vector', () => {
    expect(bodySignature(VECTOR.body, [VECTOR.secret])).toBe(VECTOR.ofBody);
  });

  it.each([
    ['no secret', [], ''],
    ['one secret', [VECTOR.secret], VECTOR.ofBody],
    ['two, separated by a comma', [VECTOR.secret, VECTOR.secret], `${VECTOR.ofBody},${VECTOR.ofBody}`],
  ])('has one signature for each secret: %s', (_case, signers, expected) => {
    expect(bodySignature(VECTOR.body, signers)).toBe(expected);
  });

  it('equals createHmac with the returned secret over the sent bytes', () => {
    fc.assert(
      fc.property(secrets, bodies, (secret, body) => {
        const expected = createHmac('sha256', secret).update(Buffer.from(body, 'utf8')).digest('hex');
        expect(bodySignature(body, [secret])).toBe(`sha256=${expected}`);
      }),
    );
  });

  it('is verified by @octokit/webhooks-methods with its secret, and with no other secret', async () => {
    await fc.assert(
      fc.asyncProperty(secrets, secrets, fc.json(), async (secret, stranger, body) => {
        fc.pre(stranger !== secret);
        const signature = bodySignature(body, [secret]);
        expect(await verify(secret, body, signature)).toBe(true);
        expect(await verify(stranger, body, signature)).toBe(false);
      }),
      { numRuns: 30 },
    );
  });
});

describe('webhook-signature with Ed25519', () => {
  it('is the published check vector, and is verified with its public key', () => {
    const { id, timestamp, body, publicKey } = VECTOR;
    expect(ed25519Signature(VECTOR, [privateKeyFrom(Buffer.from(VECTOR.secret, 'hex'))])).toBe(VECTOR.ed25519);
    const headers = { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': VECTOR.ed25519 };
    expect(verifyWithPublicKey(Buffer.from(body), headers, publicKey, timestamp * 1_000)).toEqual(JSON.parse(body));
  });

  it('has one signature for each key, separated by a space', () => {
    const other = privateKeyFrom(randomBytes(32));
    const signatures = ed25519Signature(VECTOR, [other, privateKeyFrom(Buffer.from(VECTOR.secret, 'hex'))]).split(' ');
    expect(signatures).toEqual([ed25519Signature(VECTOR, [other]), VECTOR.ed25519]);
  });
});
