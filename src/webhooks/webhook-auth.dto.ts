import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { MAX_URL_LENGTH } from '../targets/target-url.js';

const CLIENT_SECRET = { minLength: 1, maxLength: 1_024, pattern: '^[ -~]+$' };
const PEM = { minLength: 1, maxLength: 16_384 };

/** An access token of an authorization server, by the client credentials of OAuth 2.0. */
@ApiSchema({ name: 'SetOAuth2' })
export class SetOAuth2 {
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
export class SetClientCertificate {
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
  @ApiProperty({ enum: ['oauth2', 'mtls'], example: 'oauth2' })
  readonly type: 'oauth2' | 'mtls';

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
