import { createECDH, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { DER, derContent, derElements, derNumber, derWithin } from './der.js';
import { privateKeyOf } from './signing-key.js';

/** Object identifiers, as the bytes of their DER in hex. */
const RSA = '2a864886f70d010101';
const EC = '2a8648ce3d0201';
const ED25519 = '2b6570';

/** The curves of TLS: their names for JSON Web Keys and for OpenSSL, and the bytes of a private key. */
const CURVES: Readonly<Record<string, { crv: string; name: string; size: number }>> = {
  '2a8648ce3d030107': { crv: 'P-256', name: 'prime256v1', size: 32 },
  '2b81040022': { crv: 'P-384', name: 'secp384r1', size: 48 },
  '2b81040023': { crv: 'P-521', name: 'secp521r1', size: 66 },
};

/** A kind of key that is not supported. */
export class UnsupportedKeyError extends Error {}

/**
 * Reads a private key of an owner. Node.js does not check keys of others: a key of 2,048 bits may have primes of 16,384 bits, whose
 * signature takes a second. Details of an EC key whose number is too long end the process. Therefore the sizes of all parts are
 * checked here, and OpenSSL gets a key that is made of these parts.
 *
 * Each handshake signs on the event loop. A signature with RSA of 4,096 bits takes about 5 ms.
 *
 * @param label of the PEM block
 * @param der its content
 * @throws UnsupportedKeyError, or another error if the key is damaged
 */
export function ownersPrivateKey(label: string, der: Buffer): KeyObject {
  if (label === 'RSA PRIVATE KEY') return rsaKey(der);
  if (label === 'EC PRIVATE KEY') return ecKey(der, undefined);
  // PKCS #8 (RFC 5208): version, algorithm, key.
  const [, algorithm, key] = derWithin(der);
  const [kind, parameters] = derElements(derContent(algorithm, DER.sequence));
  const content = derContent(key, DER.octetString);
  switch (derContent(kind, DER.objectId).toString('hex')) {
    case RSA:
      return rsaKey(content);
    case EC:
      return ecKey(content, parameters?.tag === DER.objectId ? parameters.content : undefined);
    case ED25519:
      return ed25519Key(content);
    default:
      throw new UnsupportedKeyError();
  }
}

/** PKCS #1 (RFC 8017, appendix A.1.2): version 0, then eight numbers. */
function rsaKey(der: Buffer): KeyObject {
  const [version, ...numbers] = derWithin(der).map(derNumber);
  const [n, e, d, ...halves] = numbers;
  if (!version || !n || !e || !d || version.length > 0 || halves.length !== 5) throw new UnsupportedKeyError();
  const bits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24;
  if (bits < 2_048 || bits > 4_096) throw new UnsupportedKeyError();
  // A large exponent takes as long as the private key. Primes have half of the size of their product.
  const half = Math.ceil(n.length / 2) + 1;
  if (e.length > 4 || d.length > n.length || halves.some(({ length }) => length > half))
    throw new UnsupportedKeyError();
  const [text, ...texts] = [n, e, d, ...halves].map((number) => number.toString('base64url'));
  const [exponent, secret, p, q, dp, dq, qi] = texts as [string, string, string, string, string, string, string];
  const jwk = { kty: 'RSA', n: text ?? '', e: exponent, d: secret, p, q, dp, dq, qi };
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  const probe = Buffer.from('probe');
  if (!verify('sha256', probe, createPublicKey(key), sign('sha256', probe, key))) throw new Error('The key is damaged');
  return key;
}

/** RFC 5915: version 1, the number, the curve, the public point. The point is computed. */
function ecKey(der: Buffer, given: Buffer | undefined): KeyObject {
  const [, number, parameters] = derWithin(der);
  const inner = parameters?.tag === DER.parameters ? derElements(parameters.content)[0] : undefined;
  const curve = CURVES[(given ?? derContent(inner, DER.objectId)).toString('hex')];
  const d = derContent(number, DER.octetString);
  if (!curve || d.length > curve.size) throw new UnsupportedKeyError();
  const { crv, name, size } = curve;
  const padded = Buffer.concat([Buffer.alloc(size - d.length), d]);
  const pair = createECDH(name);
  pair.setPrivateKey(padded);
  const point = pair.getPublicKey();
  const [x, y] = [point.subarray(1, 1 + size), point.subarray(1 + size)].map((part) => part.toString('base64url'));
  const jwk = { kty: 'EC', crv, d: padded.toString('base64url'), x: x ?? '', y: y ?? '' };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

/** RFC 8410: 32 bytes in an octet string. */
function ed25519Key(der: Buffer): KeyObject {
  const [seed] = derElements(der);
  const bytes = derContent(seed, DER.octetString);
  if (bytes.length !== 32) throw new UnsupportedKeyError();
  return privateKeyOf(bytes.toString('hex'));
}
