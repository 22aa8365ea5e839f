import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { ClientCertificate, OAuth2Client, type ReceiverAuth } from './receiver-auth.js';

const SECRET = 's3cr3t';
const client = new OAuth2Client('id', {
  type: 'oauth2',
  tokenUrl: 'https://login.example/',
  clientId: 'docmap',
  clientSecret: SECRET,
});
const certificate = new ClientCertificate('id', { type: 'mtls', certificate: 'shown', privateKey: SECRET });

describe('The authentication of a request', () => {
  it.each<[string, ReceiverAuth]>([
    ['OAuth 2.0', client],
    ['a client certificate', certificate],
  ])('shows no secret in any text of the request when it is %s', (_kind, auth) => {
    const request = { url: 'https://receiver.example/', auth };
    const texts = [
      JSON.stringify(request),
      inspect(request, { depth: 9, showHidden: true }),
      JSON.stringify({ ...auth }),
    ];
    for (const text of texts) {
      expect(text).toContain(auth.type);
      expect(text).not.toContain(SECRET);
    }
    const copy = { ...request };
    expect(copy.auth).toBe(auth);
  });

  it('gives its secret to a sender', () => {
    expect([client.clientSecret, certificate.privateKey]).toEqual([SECRET, SECRET]);
  });
});
