import { describe, expect, it } from '@jest/globals';
import { bodySignature, ed25519Signature, standardSignature } from '../verify/signatures.js';
import { privateKeyOf } from '../webhooks/signing-key.js';
import { addSignatures } from './signature.js';

const SECRET = '0123456789abcdef'.repeat(4);
const MESSAGE = { id: 'msg_1', timestamp: 1_674_087_231, body: '{}' };

function headersBy(isEd25519: boolean, secret = SECRET): Record<string, string> {
  const headers = {};
  addSignatures(headers, MESSAGE, [secret], isEd25519);
  return headers;
}

describe('The headers with signatures', () => {
  it('have both HMAC signatures, or the Ed25519 signature alone', () => {
    expect(headersBy(true)).toEqual({ 'webhook-signature': ed25519Signature(MESSAGE, [privateKeyOf(SECRET)]) });
    expect(headersBy(false)).toEqual({
      'webhook-signature': standardSignature(MESSAGE, [SECRET]),
      'x-docmap-signature': bodySignature(MESSAGE.body, [SECRET]),
    });
  });

  it('fail for a text that is not a private key', () => {
    expect(() => headersBy(true, '00')).toThrow(/asn1|encoding|private/i);
  });
});
