import { openedAuth, type SealedAuth } from '../webhooks/sealed-auth.js';
import type { ClientCertificateAuth, OAuth2Auth } from '../webhooks/webhook-auth.js';

/**
 * The client credentials of a webhook at its authorization server. The secret is in a private field: no text of a request or of
 * its copy shows it.
 */
export class OAuth2Client {
  readonly type = 'oauth2';
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly scope: string | undefined;
  readonly #clientSecret: string;

  /** @param id different for each webhook, and after each change */
  constructor(
    readonly id: string,
    { tokenUrl, clientId, clientSecret, scope }: OAuth2Auth,
  ) {
    this.tokenUrl = tokenUrl;
    this.clientId = clientId;
    this.scope = scope;
    this.#clientSecret = clientSecret;
  }

  get clientSecret(): string {
    return this.#clientSecret;
  }
}

/** The client certificate of a webhook. The private key is in a private field, as the secret of an {@link OAuth2Client}. */
export class ClientCertificate {
  readonly type = 'mtls';
  /** The certificate and its chain in PEM. */
  readonly certificate: string;
  readonly #privateKey: string;

  /** @param id different for each webhook, and after each change */
  constructor(
    readonly id: string,
    { certificate, privateKey }: ClientCertificateAuth,
  ) {
    this.certificate = certificate;
    this.#privateKey = privateKey;
  }

  /** PEM, not encrypted. */
  get privateKey(): string {
    return this.#privateKey;
  }
}

/** The authentication of a webhook's requests at the receiver. */
export type ReceiverAuth = OAuth2Client | ClientCertificate;

/**
 * @param key the decrypted key
 * @throws Error if the secret can't be read with the key
 */
export function receiverAuthOf(sealed: SealedAuth, key: string, webhookUuid: string): ReceiverAuth {
  const auth = openedAuth(sealed, key, webhookUuid);
  return auth.type === 'oauth2' ? new OAuth2Client(sealed.id, auth) : new ClientCertificate(sealed.id, auth);
}
