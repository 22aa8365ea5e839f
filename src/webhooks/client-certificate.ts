import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { DomainError } from '../common/domain-error.js';
import { ownersPrivateKey, UnsupportedKeyError } from './private-key.js';
import { text, type Phrase } from '../translations/phrase.js';

const MAX_CERTIFICATES = 10;
/** The line of dashes ends the text of a block: base64 has none. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----([^-]*)-----END \1-----/;
const ENCRYPTED_KEY = /-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: *4, *ENCRYPTED/;
const ANY_BLOCK = /-----BEGIN /g;

const RIGHT_KEYS = text('RSA of 2048 to 4096 bits, EC on P-256, P-384 or P-521, or Ed25519');

/** The certificates of a client, which are no secret. */
export interface CertificateChain {
  /** The certificate of the private key. */
  own: X509Certificate;
  /** All certificates in PEM, without other text. */
  pem: string;
}

/**
 * Reads a certificate and its chain.
 *
 * Responses show it: a private key in the same text is refused.
 *
 * @param pem a text of bounded length
 * @throws DomainError `VALIDATION_ERROR`
 */
export function readCertificates(pem: string): CertificateChain {
  const blocks = pem.match(CERTIFICATE) ?? [];
  if (blocks.length !== (pem.match(ANY_BLOCK)?.length ?? 0)) {
    throw fault(text('auth.certificate must have only CERTIFICATE blocks; the private key belongs in auth.privateKey'));
  }
  if (blocks.length > MAX_CERTIFICATES) {
    throw fault(
      text('auth.certificate has {{count}} certificates; use at most {{max}}', {
        count: blocks.length,
        max: MAX_CERTIFICATES,
      }),
    );
  }
  const certificates = blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw fault(
        text('auth.certificate: block {{block}} is not a certificate that can be read', { block: index + 1 }),
      );
    }
  });
  const [own] = certificates;
  if (!own) {
    throw fault(
      text('auth.certificate must have a block from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----'),
    );
  }
  return { own, pem: certificates.map(String).join('') };
}

/**
 * Refuses a certificate whose time is over.
 *
 * @throws DomainError `VALIDATION_ERROR`
 */
export function requireUnexpired({ own }: CertificateChain): void {
  const end = new Date(own.validTo);
  // A date that can't be read is no reason: the receiver decides.
  if (!(end.getTime() < Date.now())) return;
  throw fault(
    text('auth.certificate expired at {{time}}; send a certificate that is valid', { time: end.toISOString() }),
  );
}

/**
 * Reads a private key.
 *
 * @param pem a text of bounded length
 * @returns the key as PKCS #8 in PEM
 * @throws DomainError `VALIDATION_ERROR`
 */
export function readPrivateKey(pem: string): string {
  if (ENCRYPTED_KEY.test(pem)) {
    throw fault(
      text(
        'auth.privateKey is encrypted; send it without a passphrase: openssl pkey -in encrypted.pem -out plain.pem decrypts it',
      ),
    );
  }
  const [, label = '', content = ''] = PRIVATE_KEY.exec(pem) ?? [];
  return keyIn(label, content).export({ type: 'pkcs8', format: 'pem' }) as string;
}

/**
 * Refuses a private key that TLS can't use with the certificate.
 *
 * @param privateKey a result of {@link readPrivateKey}
 * @param mismatch the message about a key of another certificate
 * @throws DomainError `VALIDATION_ERROR`
 */
export function requirePair({ own, pem }: CertificateChain, privateKey: string, mismatch: Phrase): void {
  if (!own.checkPrivateKey(createPrivateKey(privateKey))) throw fault(mismatch);
  try {
    // An authority of its own: to load those of Node.js takes longer than the check.
    createSecureContext({ cert: pem, key: privateKey, ca: own.toString() });
  } catch {
    throw fault(text('auth.certificate is refused by TLS: its key or its signature is too weak'));
  }
}

function keyIn(label: string, content: string): KeyObject {
  try {
    return ownersPrivateKey(label, Buffer.from(content, 'base64'));
  } catch (error) {
    if (error instanceof UnsupportedKeyError)
      throw fault(text('auth.privateKey must be {{right}}', { right: RIGHT_KEYS }));
    throw fault(text('auth.privateKey must be one private key in PEM form: PKCS #8, PKCS #1 or SEC 1'));
  }
}

function fault(message: Phrase): DomainError {
  return new DomainError('VALIDATION_ERROR', message);
}
