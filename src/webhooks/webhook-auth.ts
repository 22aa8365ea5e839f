import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, ApiPropertyOptional, ApiSchema, getSchemaPath } from '@nestjs/swagger';
import { MAX_URL_LENGTH } from '../targets/target-url.js';
import { faultOfAuth } from './auth-rules.js';
import { AsGiven, ruleBy } from '../common/validation.js';
import { ValidateIf } from 'class-validator';

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

/** The same authentication with another text as its secret. */
export function withSecret(auth: WebhookAuth, secret: string): WebhookAuth {
  return auth.type === 'oauth2' ? { ...auth, clientSecret: secret } : { ...auth, privateKey: secret };
}

const CLIENT_SECRET = { minLength: 1, maxLength: 1_024, pattern: '^[ -~]+$' };
const PEM = { minLength: 1, maxLength: 16_384 };

/** An access token of an authorization server, by the client credentials of OAuth 2.0. */
@ApiSchema({ name: 'SetOAuth2' })
class SetOAuth2 {
  @ApiProperty({ enum: ['oauth2'], example: 'oauth2' })
  readonly type: 'oauth2';

  /** The token endpoint. The rules of `url` apply to it. */
  @ApiProperty({ format: 'uri', maxLength: MAX_URL_LENGTH, example: 'https://login.your-app.com/oauth2/token' })
  readonly tokenUrl: string;

  @ApiProperty({ minLength: 1, maxLength: 256, pattern: '^[ -~]+$', example: 'docmap' })
  readonly clientId: string;

  /** Stored encrypted, and never shown again. */
  @ApiProperty({ ...CLIENT_SECRET, example: '7Fjfp0ZBr1KtDRbnfVdmIw' })
  readonly clientSecret: string;

  /** The scopes to ask for, separated by single spaces. Without it, the authorization server decides. */
  @ApiPropertyOptional({ minLength: 1, maxLength: 1_024, example: 'webhooks:write' })
  readonly scope?: string;
}

/** A client certificate for the TLS handshake. */
@ApiSchema({ name: 'SetClientCertificate' })
class SetClientCertificate {
  @ApiProperty({ enum: ['mtls'], example: 'mtls' })
  readonly type: 'mtls';

  /** The certificate of the private key, then its chain: at most 10 certificates in PEM. */
  @ApiProperty({ ...PEM, example: '-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n' })
  readonly certificate: string;

  /**
   * The private key in PEM, not encrypted: RSA of 2,048 to 4,096 bits, EC on P-256, P-384 or P-521, or Ed25519. Stored
   * encrypted, and never shown again.
   */
  @ApiProperty({ ...PEM, example: '-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----\n' })
  readonly privateKey: string;
}

/** The authentication of requests at the receiver. Its secret is shown as `********`. */
@ApiSchema({ name: 'WebhookAuth' })
export class ShownAuth {
  @ApiProperty({ enum: Object.keys(SECRET_FIELDS), example: 'oauth2' })
  readonly type: WebhookAuth['type'];

  /** With `oauth2`. */
  @ApiPropertyOptional({ example: 'https://login.your-app.com/oauth2/token' })
  readonly tokenUrl?: string;

  /** With `oauth2`. */
  @ApiPropertyOptional({ example: 'docmap' })
  readonly clientId?: string;

  /** With `oauth2`: `********`. */
  @ApiPropertyOptional({ example: '********' })
  readonly clientSecret?: string;

  /** With `oauth2`, if it was set. */
  @ApiPropertyOptional({ example: 'webhooks:write' })
  readonly scope?: string;

  /** With `mtls`: the certificate and its chain in PEM. */
  @ApiPropertyOptional()
  readonly certificate?: string;

  /** With `mtls`: `********`. */
  @ApiPropertyOptional()
  readonly privateKey?: string;
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
    ApiPropertyOptional({ anyOf: [...choices, { type: 'null' }] }),
  );
}

/** Declares the schemas of {@link AuthField} for the OpenAPI document. */
export function AuthModels(): ClassDecorator {
  return ApiExtraModels(SetOAuth2, SetClientCertificate);
}
