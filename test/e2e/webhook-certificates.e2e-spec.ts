import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { CertificateAuthority, type ServerCertificate } from '../support/certificates.js';

const HOOK = 'https://your-app.com/hook';
const NO_KEY = 'auth.privateKey must be one private key in PEM form';

function pair({ cert, key }: ServerCertificate): { certificate: string; privateKey: string } {
  return { certificate: cert, privateKey: key };
}

/** A key in another form. */
function exported(key: string, type: 'pkcs1' | 'sec1', more = {}): string {
  return createPrivateKey(key).export({ type, format: 'pem', ...more } as never) as unknown as string;
}

/** A new key of any type. */
function generated(type: string, options: object): string {
  const make = generateKeyPairSync as (type: string, options: object) => { privateKey: string };
  const encodings = {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  };
  return make(type, { ...options, ...encodings }).privateKey;
}

function block(name: string, content: string): string {
  return `-----BEGIN ${name}-----\n${content}\n-----END ${name}-----\n`;
}

describe('A webhook with a client certificate', () => {
  let service: TestApp;
  let directory: string;
  let authority: CertificateAuthority;
  let one: ServerCertificate;
  let two: ServerCertificate;

  beforeAll(async () => {
    service = await startApp();
    directory = await mkdtemp(join(tmpdir(), 'docmap-test-auth-'));
    authority = await CertificateAuthority.create(join(directory, 'authority'));
    one = await authority.issue('one', { name: 'DNS:one.example', shownBy: 'client' });
    two = await authority.issue('two', { name: 'DNS:two.example', shownBy: 'client', key: 'RSA' });
  });

  afterAll(async () => {
    await service?.close();
    if (directory) await rm(directory, { recursive: true });
  });

  /** The message of a refusal, which has no part of the key; or `accepted`. */
  async function refusalOf(auth: Record<string, unknown>): Promise<string> {
    const body = { url: HOOK, events: ['*'], auth: { type: 'mtls', ...auth } };
    const answer = await service.api.post('/v1/webhooks', body);
    if (answer.status === 200) await service.api.delete(`/v1/webhooks/${answer.body.data.webhook.id}`);
    const message = (answer.body.error?.message ?? 'accepted') as string;
    const secretLine = String(auth.privateKey).split('\n')[1];
    if (secretLine) expect(message).not.toContain(secretLine);
    return message;
  }

  it('accepts keys in each form that openssl writes', async () => {
    expect(await refusalOf(pair(one))).toBe('accepted');
    expect(await refusalOf({ ...pair(one), privateKey: exported(one.key, 'sec1') })).toBe('accepted');
    expect(await refusalOf({ ...pair(two), privateKey: exported(two.key, 'pkcs1') })).toBe('accepted');
    const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
    expect(await refusalOf({ ...pair(one), privateKey: parameters + exported(one.key, 'sec1') })).toBe('accepted');
    const windows = { certificate: one.cert.replaceAll('\n', '\r\n'), privateKey: one.key.replaceAll('\n', '\r\n') };
    expect(await refusalOf(windows)).toBe('accepted');
  });

  it('refuses a key that is encrypted, and says how to decrypt it', async () => {
    const cipher = { cipher: 'aes-256-cbc', passphrase: 'x' };
    const message = 'auth.privateKey is encrypted; send it without a passphrase: openssl pkey';
    expect(await refusalOf({ ...pair(two), privateKey: exported(two.key, 'pkcs1', cipher) })).toContain(message);
    const pkcs8 = createPrivateKey(two.key).export({ type: 'pkcs8', format: 'pem', ...cipher });
    expect(await refusalOf({ ...pair(two), privateKey: pkcs8 })).toContain(message);
  });

  it('refuses a certificate that has expired', async () => {
    const expired = await authority.issue('expired', {
      name: 'DNS:x.example',
      shownBy: 'client',
      until: '20200102000000Z',
    });
    expect(await refusalOf(pair(expired))).toBe(
      'auth.certificate expired at 2020-01-02T00:00:00.000Z; send a certificate that is valid',
    );
  });

  it('refuses a key of another certificate, and a chain in the wrong order', async () => {
    const message = 'auth.privateKey does not belong to the first certificate of auth.certificate';
    expect(await refusalOf({ ...pair(one), privateKey: two.key })).toContain(message);
    const chain = (await authority.selfSigned()).cert + one.cert;
    expect(await refusalOf({ ...pair(one), certificate: chain })).toContain(message);
  });

  it('refuses a private key in the field that is shown', async () => {
    expect(await refusalOf({ ...pair(one), certificate: one.cert + one.key })).toBe(
      'auth.certificate must have only CERTIFICATE blocks; the private key belongs in auth.privateKey',
    );
  });

  it('refuses texts that are no certificate and no key, and more certificates than a chain has', async () => {
    for (const content of ['', 'AAAA', '*', Buffer.alloc(3_000, 0x30).toString('base64')]) {
      expect(await refusalOf({ ...pair(one), certificate: block('CERTIFICATE', content) })).toBe(
        'auth.certificate: block 1 is not a certificate that can be read',
      );
      expect(await refusalOf({ ...pair(one), privateKey: block('PRIVATE KEY', content) })).toContain(NO_KEY);
    }
    expect(await refusalOf({ ...pair(one), privateKey: one.cert })).toContain(NO_KEY);
    expect(await refusalOf({ ...pair(one), certificate: one.cert.repeat(11) })).toBe(
      'auth.certificate has 11 certificates; use at most 10',
    );
    const long = `${one.cert}${' '.repeat(16_384)}`;
    expect(await refusalOf({ ...pair(one), certificate: long })).toContain('at most 16384 characters');
  });

  it('refuses kinds of keys that take long to sign, or that TLS does not use', async () => {
    const message = 'auth.privateKey must be RSA of 2048 to 4096 bits, EC on P-256, P-384 or P-521, or Ed25519';
    const keys = [
      generated('rsa', { modulusLength: 1_024 }),
      generated('rsa-pss', { modulusLength: 2_048 }),
      generated('ec', { namedCurve: 'secp256k1' }),
      generated('ed448', {}),
      generated('x25519', {}),
    ];
    for (const privateKey of keys) expect(await refusalOf({ ...pair(one), privateKey })).toBe(message);
  });
});
