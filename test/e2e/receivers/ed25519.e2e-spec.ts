import { join } from 'node:path';
import { expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { ed25519Signature } from '../../../src/verify/signatures.js';
import { AesSecretCipher } from '../../../src/webhooks/aes-secret-cipher.js';
import { newSigningKey, privateKeyOf } from '../../../src/webhooks/signing-key.js';
import { describeWith, run } from './support/languages.js';

/** Starting the compiler of Go takes seconds on a busy machine. */
jest.setTimeout(60_000);

const describeWithGo = describeWith('go');

/** A new key pair: the private key as the cipher stores it, and the bytes of the public key in base64. */
async function newPair() {
  const cipher = new AesSecretCipher(Buffer.alloc(32, 1));
  const { columns } = await newSigningKey(cipher, 'ed25519', 'w');
  return {
    privateKey: privateKeyOf(cipher.decrypt(columns.secret, 'w')),
    publicKey: Buffer.from(columns.publicKey ?? []).toString('base64'),
  };
}

describeWithGo('Signatures with Ed25519', () => {
  it("are valid for Go's crypto/ed25519, with any body and each key of a rotation", async () => {
    const [one, other] = [await newPair(), await newPair()];
    const entries = fc.sample(fc.json({ stringUnit: 'grapheme' }), 50).flatMap((body) => {
      const message = { id: 'msg_1', timestamp: 1_674_087_231, body };
      const text = `msg_1.1674087231.${body}`;
      const [first = '', second = ''] = ed25519Signature(message, [one.privateKey, other.privateKey])
        .split(' ')
        .map((signature) => signature.replace(/^v1a,/, ''));
      return [
        { key: one.publicKey, text, signature: first, isValid: true },
        { key: other.publicKey, text, signature: second, isValid: true },
        { key: other.publicKey, text, signature: first, isValid: false },
        { key: one.publicKey, text: `${text} `, signature: first, isValid: false },
      ];
    });
    const program = join(import.meta.dirname, 'support/verify_ed25519.go');
    const verdicts: unknown = JSON.parse(run('go', ['run', program], { input: JSON.stringify(entries) }));
    expect(verdicts).toEqual(entries.map(({ isValid }) => isValid));
  });
});
