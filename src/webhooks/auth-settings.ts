import { DomainError } from '../common/domain-error.js';
import { usesHttps } from '../targets/target-url.js';
import { readCertificates, readPrivateKey, requirePair, requireUnexpired } from './client-certificate.js';
import { withSecret, type WebhookAuth } from './webhook-auth.js';
import { MASK } from './webhook-headers.js';
import { text } from '../translations/phrase.js';

/**
 * Checks an authentication by the rules that need more than the field, and gives it its stored form. A mask as the secret is
 * checked later: see {@link checkedWithStoredSecret}.
 *
 * @param auth valid by `AuthField`
 * @param checkedUrl returns the normalized URL, or throws the rejection of a target
 * @throws DomainError `VALIDATION_ERROR`
 */
export function checkedAuth(auth: WebhookAuth, checkedUrl: (text: string) => string): WebhookAuth {
  if (auth.type === 'oauth2') {
    return withSecret({ ...auth, tokenUrl: checkedUrl(auth.tokenUrl) }, auth.clientSecret);
  }
  const chain = readCertificates(auth.certificate);
  if (auth.privateKey === MASK) return { ...auth, certificate: chain.pem };
  requireUnexpired(chain);
  const privateKey = readPrivateKey(auth.privateKey);
  const mismatch = text(
    'auth.privateKey does not belong to the first certificate of auth.certificate; the certificate of the key comes before its chain',
  );
  requirePair(chain, privateKey, mismatch);
  return { type: auth.type, certificate: chain.pem, privateKey };
}

/**
 * An authentication with the stored secret in place of its mask. A client secret is kept only for its token URL: a change can't
 * send it to another server.
 *
 * @param auth a result of {@link checkedAuth} with a mask
 * @param stored of the same type, with its secret
 * @throws DomainError `VALIDATION_ERROR`
 */
export function checkedWithStoredSecret(auth: WebhookAuth, stored: WebhookAuth): WebhookAuth {
  if (auth.type === 'oauth2' && stored.type === 'oauth2') {
    if (auth.tokenUrl === stored.tokenUrl) return { ...auth, clientSecret: stored.clientSecret };
    throw new DomainError(
      'VALIDATION_ERROR',
      text(
        'auth.clientSecret must be the value itself with another tokenUrl: "{{mask}}" keeps it only for its own tokenUrl',
        { mask: MASK },
      ),
    );
  }
  if (auth.type !== 'mtls' || stored.type !== 'mtls') throw new TypeError('The stored authentication has another type');
  const chain = readCertificates(auth.certificate);
  requireUnexpired(chain);
  const mismatch = text(
    'auth.privateKey: the stored private key does not belong to this certificate; send the key of the certificate',
  );
  requirePair(chain, stored.privateKey, mismatch);
  return { ...auth, privateKey: stored.privateKey };
}

/** The settings of a webhook that an authentication may contradict. Secrets may be encrypted. */
interface AuthContext {
  url: string;
  headers: unknown;
  auth: unknown;
}

/**
 * Refuses settings that contradict each other: two sources of one header, and a client certificate without TLS.
 *
 * @throws DomainError `VALIDATION_ERROR`
 */
export function requireAgreement({ url, headers, auth }: AuthContext): void {
  const type = (auth as WebhookAuth | null)?.type;
  const names = Object.keys(headers ?? {}).map((name) => name.toLowerCase());
  if (type === 'oauth2' && names.includes('authorization')) {
    throw new DomainError(
      'VALIDATION_ERROR',
      'headers.authorization must not exist with auth of type oauth2, which sets the same header; remove one of them',
    );
  }
  if (type === 'mtls' && !usesHttps(url)) {
    throw new DomainError(
      'VALIDATION_ERROR',
      'auth of type mtls must have an HTTPS url: a client certificate needs TLS',
    );
  }
}
