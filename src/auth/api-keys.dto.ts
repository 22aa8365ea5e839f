import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { ExternalId, ListOf, MayBeAbsent, OneOf, PlainText } from '../common/validation.js';
import { SCOPES, type KeyScope } from './caller.js';
import { text } from '../translations/phrase.js';

export const KEY_LIFETIMES = ['30d', '60d', '90d', '1y', 'never'] as const;
export type KeyLifetime = (typeof KEY_LIFETIMES)[number];

/** A new API key's properties. */
@ApiSchema({ name: 'CreateApiKey' })
export class CreateApiKeyDto {
  /**
   * A name that tells the key apart from others.
   * @example "Production server"
   */
  @PlainText(1, 100)
  name: string;

  /** The time for which the key is valid. */
  @OneOf(KEY_LIFETIMES, text('a lifetime'))
  @ApiProperty({ enum: KEY_LIFETIMES, enumName: 'ApiKeyLifetime', example: '90d' })
  expiresIn: KeyLifetime;

  /**
   * The permissions of the key: `webhooks` manages the user's own webhooks, keys and log. `events:publish` publishes events for
   * any user. `admin` includes `webhooks`, for every user. Default: `webhooks`. A key can't grant a scope that it lacks.
   */
  @MayBeAbsent()
  @ListOf(SCOPES, { what: text('a scope'), noun: text('scope') })
  @ApiPropertyOptional({ enum: SCOPES, enumName: 'Scope', isArray: true, minItems: 1, uniqueItems: true })
  scopes?: KeyScope[];

  /** The user who will own the key. Default: the caller. Another user needs a key with the scope `admin`. */
  @MayBeAbsent()
  @ExternalId('uid_a1b2c3d4e5f6', ApiPropertyOptional)
  userId?: string;
}

/** A filter of the list of API keys. */
export class ListApiKeysDto {
  /** The user whose keys to list. Default: the caller. Another user needs a key with the scope `admin`. */
  @MayBeAbsent()
  @ExternalId(undefined, ApiPropertyOptional)
  userId?: string;
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
   * The first characters of the key.
   * @example "dm_live_ab12"
   */
  @ApiProperty()
  prefix: string;

  @ApiProperty({ enum: SCOPES, isArray: true })
  scopes: KeyScope[];

  /** The time when the key expires. Null: never. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expiresAt: Date | null;

  /** The last use of the key, to the minute. Null: never used. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastUsedAt: Date | null;

  @ApiProperty()
  createdAt: Date;

  @ApiProperty()
  revoked: boolean;
}

/** A new key. */
@ApiSchema({ name: 'CreatedApiKey' })
export class CreatedApiKeyDto {
  /**
   * The key. Only this response has it: store it at once, in a safe place.
   * @example "dm_live_abc123def456ghi789jkl012mno345"
   */
  @ApiProperty()
  key: string;

  @ApiProperty()
  apiKey: ApiKeyDto;
}
