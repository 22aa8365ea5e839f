import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { ListOf, MayBeAbsent, OneOf, PlainText } from '../common/validation.js';
import { SCOPES, type KeyScope } from './caller.js';

const KEY_LIFETIMES = ['30d', '60d', '90d', '1y', 'never'] as const;
export type KeyLifetime = (typeof KEY_LIFETIMES)[number];

/** A new API key's properties. */
@ApiSchema({ name: 'CreateApiKey' })
export class CreateApiKeyDto {
  /**
   * What the key is for, to tell keys apart.
   * @example "Production server"
   */
  @PlainText(1, 100)
  name: string;

  /** How long the key is valid. */
  @OneOf(KEY_LIFETIMES, 'a lifetime')
  @ApiProperty({ enum: KEY_LIFETIMES, enumName: 'ApiKeyLifetime', example: '90d' })
  expiresIn: KeyLifetime;

  /** What the key may do; `webhooks` when left out. A key can't grant a scope it lacks. */
  @MayBeAbsent()
  @ListOf(SCOPES, 'a scope')
  @ApiPropertyOptional({ enum: SCOPES, enumName: 'Scope', isArray: true, minItems: 1, uniqueItems: true })
  scopes?: KeyScope[];
}

/** An API key, without the key itself. */
@ApiSchema({ name: 'ApiKey' })
export class ApiKeyDto {
  /** @example "0b2a6c1e-5d8f-4e0a-9f0b-6f1a2b3c4d5e" */
  @ApiProperty()
  id: string;

  /** @example "uid_a1b2c3d4e5f6" */
  @ApiProperty()
  userId: string;

  /** @example "Production server" */
  @ApiProperty()
  name: string;

  /**
   * How the key begins.
   * @example "dm_live_ab12"
   */
  @ApiProperty()
  prefix: string;

  @ApiProperty({ enum: SCOPES, isArray: true })
  scopes: KeyScope[];

  /** When the key stops working; null for never. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expiresAt: Date | null;

  /** When the key was last used, to the minute; null for never. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastUsedAt: Date | null;

  @ApiProperty()
  createdAt: Date;

  @ApiProperty()
  revoked: boolean;
}

/** A key that was just made. */
@ApiSchema({ name: 'CreatedApiKey' })
export class CreatedApiKeyDto {
  /**
   * The key. It is shown only here.
   * @example "dm_live_abc123def456ghi789jkl012mno345"
   */
  @ApiProperty()
  key: string;

  @ApiProperty()
  apiKey: ApiKeyDto;
}
