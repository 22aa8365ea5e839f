import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { CertificateAuthority } from '../../support/certificates.js';
import type { SecureListener } from './misbehaviour.js';

/** The options of a TLS server of each kind. */
export type SecureOptions = Record<SecureListener, TlsOptions>;

export interface TlsFaults {
  options: SecureOptions;
  /** The certificate of the authority that is trusted, for `NODE_EXTRA_CA_CERTS`. */
  authorityPath: string;
}

const HERE = { name: 'IP:127.0.0.1' };
const TLS_1_2 = { maxVersion: 'TLSv1.2' } as const;
/** OpenSSL 3 offers versions before 1.2 on its lowest security level only. */
const TLS_1_1 = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;

/** @param directory holds keys and certificates; the caller removes it */
export async function makeTlsFaults(directory: string): Promise<TlsFaults> {
  const authority = await CertificateAuthority.create(join(directory, 'trusted'));
  const stranger = await CertificateAuthority.create(join(directory, 'stranger'));
  const trusted = await authority.issue('trusted', HERE);
  const elsewhere = await authority.issue('elsewhere', { name: 'DNS:receiver.example' });
  return {
    authorityPath: authority.certificatePath,
    options: {
      trusted,
      'TLS 1.2': { ...trusted, ...TLS_1_2 },
      'self-signed': await stranger.selfSigned(),
      'unknown authority': await stranger.issue('unknown', HERE),
      expired: await authority.issue('expired', { ...HERE, until: '20200102000000Z' }),
      'not yet valid': await authority.issue('early', { ...HERE, since: '21000101000000Z' }),
      'wrong host': elsewhere,
      'wrong host, TLS 1.2': { ...elsewhere, ...TLS_1_2 },
      'TLS 1.1': { ...trusted, ...TLS_1_1 },
      'no certificate': {},
      'wants a client certificate': { ...trusted, requestCert: true, rejectUnauthorized: true },
    },
  };
}
