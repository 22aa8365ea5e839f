import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { DOCUMENTED } from './documented-types.js';
import { EXTRACTION_EVENTS } from './event-types.js';
import type { WebhookFilter } from './filter.js';
import { FILTER_SCHEMA } from './webhook-filter.js';
import type { WebhookHeaders } from './webhook-headers.js';
import { METADATA_SCHEMA, type WebhookMetadata } from './webhook-metadata.js';
import { ORDERINGS, type WebhookOrdering } from './webhook-ordering.js';
import { WebhookRateLimit } from './webhook-rate-limit.js';
import type { WebhookAuth } from './webhook-auth.js';
import { ShownAuth } from './webhook-auth.dto.js';
import { SIGNATURES, type WebhookSignature } from './webhook-signature.js';

/** A registered webhook. */
@ApiSchema({ name: 'Webhook' })
export class WebhookDto {
  /**
   * The webhook's unique id.
   * @example "webhook-9f86d081884c7d659a2feaa0c55ad015"
   */
  @ApiProperty()
  id: string;

  /**
   * The user who owns the webhook.
   * @example "uid_a1b2c3d4e5f6"
   */
  @ApiProperty()
  userId: string;

  /**
   * The URL that gets the requests.
   * @example "https://your-app.com/webhooks/docmap"
   */
  @ApiProperty()
  url: string;

  /** The event types and patterns that the webhook subscribes to. */
  @ApiProperty({ enum: DOCUMENTED.subscribable, isArray: true, example: EXTRACTION_EVENTS })
  events: string[];

  /** Whether the webhook is active. A new webhook is active. */
  @ApiProperty({ example: true })
  active: boolean;

  /** When the webhook was created. */
  @ApiProperty({ example: '2025-01-15T10:00:00.000Z' })
  createdAt: Date;

  @ApiProperty({ type: String, nullable: true, example: null })
  description: string | null;

  /** The reason why the webhook is not active. Null while it is active. */
  @ApiProperty({ type: String, nullable: true, example: null })
  disabledReason: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  disabledAt: Date | null;

  @ApiProperty({ example: '2025-01-15T10:00:00.000Z' })
  updatedAt: Date;

  /** Texts that your application keeps with the webhook. {} if there are none. */
  @ApiProperty({ type: 'object', additionalProperties: METADATA_SCHEMA.additionalProperties, example: {} })
  metadata: WebhookMetadata;

  /** The condition on the content of events. Null: all events. Numbers keep all digits. */
  @ApiProperty({ ...FILTER_SCHEMA, minProperties: undefined, example: null })
  filter: WebhookFilter | null;

  /** The headers that each request has besides ours. Each value is shown as `********`. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, example: { 'x-api-key': '********' } })
  headers: WebhookHeaders;

  /** The time limit of an attempt in milliseconds. Null: that of the service. */
  @ApiProperty({ type: 'integer', nullable: true, example: null })
  timeoutMs: number | null;

  /** The delays before each attempt. Null: the schedule of the service. */
  @ApiProperty({ type: [String], nullable: true, example: null })
  retrySchedule: string[] | null;

  /** `extraction`: the events of an extraction are sent one after another. `none`: at once. */
  @ApiProperty({ enum: ORDERINGS, example: 'none' })
  ordering: WebhookOrdering;

  /** The most requests per period. Null: no limit. */
  @ApiProperty({ type: WebhookRateLimit, nullable: true, example: null })
  rateLimit: WebhookRateLimit | null;

  /** The kind of `webhook-signature`: `v1` (HMAC-SHA256 with the secret) or `v1a` (Ed25519, verified with `publicKey`). */
  @ApiProperty({ enum: SIGNATURES, example: 'hmac-sha256' })
  signature: WebhookSignature;

  /** The Ed25519 public key: `whpk_` and the base64 of its 32 bytes. It is no secret. Null with `hmac-sha256`. */
  @ApiProperty({ type: String, nullable: true, pattern: '^whpk_[A-Za-z0-9+/]{43}=$', example: null })
  publicKey: string | null;

  /** The authentication of requests at the receiver. Its secret is shown as `********`. Null: none. */
  @ApiProperty({ type: ShownAuth, nullable: true, example: null })
  auth: WebhookAuth | null;
}

/** A webhook with its new signing secret, or with its new public key. */
@ApiSchema({ name: 'WebhookWithSecret' })
export class WebhookWithSecretDto {
  /**
   * The HMAC-SHA256 signing secret: 64 hex characters. Only this response has it: store it at once, in a safe place. Null with
   * `ed25519`: receivers verify with `webhook.publicKey`.
   */
  @ApiProperty({
    type: String,
    nullable: true,
    pattern: '^[0-9a-f]{64}$',
    example: 'a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2',
  })
  secret: string | null;

  @ApiProperty()
  webhook: WebhookDto;
}
