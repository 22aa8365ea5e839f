import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ownersPrivateKey, UnsupportedKeyError } from './private-key.js';

const P256 = '06082a8648ce3d030107';

function element(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 128 ? [length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

/** A number that is not negative. */
const number = (bytes: Buffer): Buffer => element(0x02, Buffer.from([0]), bytes);

/** An odd number of exactly this many bytes. */
function odd(length: number): Buffer {
  const bytes = randomBytes(length);
  bytes.writeUInt8(bytes.readUInt8(0) | 0x80, 0);
  bytes.writeUInt8(bytes.readUInt8(length - 1) | 1, length - 1);
  return bytes;
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

const partOf = (key: KeyObject, name: string): Buffer => {
  return Buffer.from((key.export({ format: 'jwk' }) as Record<string, string>)[name] ?? '', 'base64url');
};

/** PKCS #1 with parts in place of those of a real key. */
function rsaWith(parts: Record<string, Buffer>): Buffer {
  const names = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'];
  const version = element(0x02, Buffer.from([0]));
  return element(0x30, version, ...names.map((name) => number(parts[name] ?? partOf(rsa, name))));
}

/** SEC 1 with this number. */
function ecWith(d: Buffer): Buffer {
  const point = Buffer.concat([Buffer.from([0, 4]), partOf(ec, 'x'), partOf(ec, 'y')]);
  const curve = element(0xa0, Buffer.from(P256, 'hex'));
  return element(0x30, element(0x02, Buffer.from([1])), element(0x04, d), curve, element(0xa1, element(0x03, point)));
}

const same = (one: KeyObject, other: KeyObject): boolean => createPublicKey(one).equals(createPublicKey(other));

describe('A private key of an owner', () => {
  it.each<[string, KeyObject]>([
    ['RSA', rsa],
    ['P-256', ec],
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
    ['P-521', generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey],
    ['Ed25519', generateKeyPairSync('ed25519').privateKey],
  ])('is read when it is %s', (kind, key) => {
    const read = ownersPrivateKey('PRIVATE KEY', key.export({ type: 'pkcs8', format: 'der' }));
    expect(same(read, key)).toBe(true);
    const digest = kind === 'Ed25519' ? null : 'sha256';
    expect(verify(digest, Buffer.from('x'), createPublicKey(key), sign(digest, Buffer.from('x'), read))).toBe(true);
  });

  it('is read in the older forms', () => {
    expect(same(ownersPrivateKey('RSA PRIVATE KEY', rsaWith({})), rsa)).toBe(true);
    expect(same(ownersPrivateKey('EC PRIVATE KEY', ecWith(partOf(ec, 'd'))), ec)).toBe(true);
  });

  it.each<[string, Record<string, Buffer>]>([
    ['a modulus of 1,024 bits', { n: odd(128) }],
    ['a modulus of 4,104 bits', { n: odd(513) }],
    ['a long public exponent', { e: odd(255) }],
    ['a long private exponent', { d: odd(2_048) }],
    ['a prime of 16,384 bits', { q: odd(2_048) }],
    ['a long coefficient', { qi: odd(512) }],
  ])('is refused when it is RSA with %s', (_part, parts) => {
    expect(() => ownersPrivateKey('RSA PRIVATE KEY', rsaWith(parts))).toThrow(UnsupportedKeyError);
  });

  it.each<[string, Record<string, Buffer>]>([
    ['other primes', { p: odd(128), q: odd(128), dp: odd(128), dq: odd(128), qi: odd(128), d: odd(256) }],
    ['primes of 0', { p: Buffer.alloc(1), q: Buffer.alloc(1) }],
    ['no private part', { d: Buffer.alloc(1), dp: Buffer.alloc(1), dq: Buffer.alloc(1) }],
  ])('is refused when it is RSA with %s, because it can not sign', (_part, parts) => {
    expect(() => ownersPrivateKey('RSA PRIVATE KEY', rsaWith(parts))).toThrow(/damaged|RSA|rsa|bignum/);
  });

  it.each([33, 64, 11_000])(
    'is refused when it is EC with a number of %d bytes, which would end the process',
    (length) => {
      expect(() => ownersPrivateKey('EC PRIVATE KEY', ecWith(randomBytes(length)))).toThrow(UnsupportedKeyError);
    },
  );

  it.each([
    ['zero', Buffer.alloc(32)],
    ['the order of the curve or more', Buffer.alloc(32, 0xff)],
    ['nothing', Buffer.alloc(0)],
  ])('is refused when it is EC with the number %s', (_number, d) => {
    expect(() => ownersPrivateKey('EC PRIVATE KEY', ecWith(d))).toThrow('Private key is not valid');
  });

  it('takes the public point of its number, not the one in the text', () => {
    const d = randomBytes(31);
    const read = ownersPrivateKey('EC PRIVATE KEY', ecWith(d));
    expect(partOf(read, 'd')).toEqual(Buffer.concat([Buffer.alloc(1), d]));
    expect(same(read, ec)).toBe(false);
  });

  it.each<[string, string, KeyObject]>([
    ['PKCS #8, RSA', 'PRIVATE KEY', rsa],
    ['PKCS #8, EC', 'PRIVATE KEY', ec],
  ])('is read or refused, whatever its bytes are: %s', (_form, label, key) => {
    const bytes = key.export({ type: 'pkcs8', format: 'der' });
    const change = fc.record({ at: fc.nat(bytes.length - 1), to: fc.nat(255), cut: fc.nat(bytes.length) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), fc.boolean(), (changes, isCut) => {
        const changed = Buffer.from(bytes);
        for (const { at, to } of changes) changed.writeUInt8(to, at);
        const given = isCut ? changed.subarray(0, changes[0]?.cut) : changed;
        try {
          expect(ownersPrivateKey(label, given).type).toBe('private');
        } catch (error) {
          expect(String(error)).toMatch(/Error/);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is stored in a form that TLS reads', () => {
    const pem = ownersPrivateKey('RSA PRIVATE KEY', rsaWith({})).export({ type: 'pkcs8', format: 'pem' });
    expect(same(createPrivateKey(pem), rsa)).toBe(true);
  });
});
