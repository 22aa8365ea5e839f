import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';
import { ruleBy } from '../common/rules.js';
import { AsGiven } from '../common/validation.js';
import { faultOfAuth } from './auth-rules.js';
import { SetClientCertificate, SetOAuth2 } from './webhook-auth.dto.js';

/** Authentication with an access token of an authorization server: OAuth 2.0 client credentials (RFC 6749, section 4.4). */
export type OAuth2Auth = {
  readonly type: 'oauth2';
  /** The token endpoint of the authorization server. */
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The scopes to ask for, separated by spaces. Without it, the server decides. */
  readonly scope?: string;
};

/** Authentication with a client certificate in the TLS handshake (mutual TLS). */
export type ClientCertificateAuth = {
  readonly type: 'mtls';
  /** The certificate of the private key, then its chain. PEM. */
  readonly certificate: string;
  /** PEM, not encrypted. */
  readonly privateKey: string;
};

/** The authentication of a webhook's requests at the receiver. */
export type WebhookAuth = OAuth2Auth | ClientCertificateAuth;

/** The field of each kind that is encrypted and never shown. */
const SECRET_FIELDS = { oauth2: 'clientSecret', mtls: 'privateKey' } as const;

export function secretFieldOf({ type }: WebhookAuth): 'clientSecret' | 'privateKey' {
  return SECRET_FIELDS[type];
}

export function secretOf(auth: WebhookAuth): string {
  return auth.type === 'oauth2' ? auth.clientSecret : auth.privateKey;
}

/** The same authentication with another text as its secret. Its fields are in the order of the documents. */
export function withSecret(auth: WebhookAuth, secret: string): WebhookAuth {
  const { type } = auth;
  if (type === 'mtls') return { type, certificate: auth.certificate, privateKey: secret };
  const { tokenUrl, clientId, scope } = auth;
  return { type, tokenUrl, clientId, clientSecret: secret, ...(scope === undefined ? {} : { scope }) };
}

/**
 * Declares a field of a request that has an authentication or null: its rule and its schema. `auth-settings.ts` checks the rules
 * that need more than the field: the target policy, and certificates.
 *
 * @param options.keeps whether a mask is accepted, which keeps the stored secret
 */
export function AuthField({ keeps = false } = {}): PropertyDecorator {
  const choices = [{ $ref: getSchemaPath(SetOAuth2) }, { $ref: getSchemaPath(SetClientCertificate) }];
  return applyDecorators(
    ValidateIf((_object, value) => value !== undefined && value !== null),
    AsGiven(),
    ruleBy('auth', (value) => faultOfAuth(value, keeps)),
    // The Swagger plugin adds null.
    ApiPropertyOptional({ anyOf: choices }),
  );
}

/** Declares the schemas of {@link AuthField} for the OpenAPI document. */
export function AuthModels(): ClassDecorator {
  return ApiExtraModels(SetOAuth2, SetClientCertificate);
}
