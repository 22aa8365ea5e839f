import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';
import { ExternalId, MayBeAbsent, OneOf, PlainText, TrueOrFalse, WholeNumber } from '../common/validation.js';
import { MAX_URL_LENGTH } from '../targets/target-url.js';
import { EXTRACTION_EVENTS } from './event-types.js';
import { FilterField } from './webhook-filter.js';
import type { WebhookFilter } from './filter.js';
import { AuthField, AuthModels, type WebhookAuth } from './webhook-auth.js';
import { HeadersField, type WebhookHeaders } from './webhook-headers.js';
import { SubscriptionList } from './subscription-list.js';
import { MetadataField, type WebhookMetadata } from './webhook-metadata.js';
import { OrderingField, type WebhookOrdering } from './webhook-ordering.js';
import { RateLimitField, type WebhookRateLimit } from './webhook-rate-limit.js';
import { SignatureField, type WebhookSignature } from './webhook-signature.js';
import { RetryScheduleField, TimeoutField } from './webhook-timing.js';
import { Must } from '../common/rules.js';
import { text } from '../translations/phrase.js';

const MAX_OVERLAP_SECONDS = 604_800;
export const DEFAULT_OVERLAP_SECONDS = 86_400;

/** Declares a field with a URL. `WebhooksService` checks its scheme, and whether its target is allowed. */
function TargetUrl(decorate: typeof ApiProperty) {
  return applyDecorators(
    Must(
      'targetUrl',
      text('a string such as https://your-app.com/webhooks/docmap'),
      (value) => typeof value === 'string',
    ),
    decorate({
      type: String,
      format: 'uri',
      maxLength: MAX_URL_LENGTH,
      description:
        'The HTTPS URL that gets the POST requests. Its port is 443, or 1024 or above. It has no credentials and no fragment, and leads to no private address.',
      example: 'https://your-app.com/webhooks/docmap',
    }),
  );
}

function SubscribedEvents(decorate: typeof ApiProperty) {
  return SubscriptionList(decorate, {
    description:
      'The event types to subscribe to, at least one: names, `*` for all types, or `extraction.*` for all types that begin ' +
      'with these words. A pattern also covers types that are added later, and must match a type that exists. Only ' +
      'their names, `webhook.*` and `delivery.*` match operational events. A type that several of the entries match ' +
      'arrives once.',
    example: EXTRACTION_EVENTS,
  });
}

/** A webhook to register. */
@ApiSchema({ name: 'CreateWebhook' })
@AuthModels()
export class CreateWebhookDto {
  @TargetUrl(ApiProperty)
  url: string;

  @SubscribedEvents(ApiProperty)
  events: string[];

  /**
   * A note for yourself.
   * @example "Production"
   */
  @MayBeAbsent()
  @PlainText(0, 500, ApiPropertyOptional)
  description?: string;

  /**
   * Texts that your application keeps with the webhook: up to 20 keys of 1 to 40 characters. A value has up to 500
   * characters. Receivers never see them.
   * @example { "team": "billing" }
   */
  @MayBeAbsent()
  @MetadataField()
  metadata?: WebhookMetadata;

  /**
   * A condition on the content of events: other events are not queued. Keys are paths (`extractionId`, `type`, `data.a.b`) or
   * `$and`, `$or`, `$not`. A path has a value, or operators: `$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte`, `$in`, `$nin`,
   * `$exists`, `$startsWith`. At most 20 conditions, 4 levels and 4 KiB. Null: all events.
   * @example { "data.pages": { "$gte": 100 } }
   */
  @FilterField()
  filter?: WebhookFilter | null;

  /**
   * Headers that each request has besides ours, such as a key of your gateway. Up to 10 names of 1 to 64 characters; a value
   * has 1 to 1,024 visible ASCII characters. Values are stored encrypted, and never shown again. Not signed.
   * @example { "x-api-key": "k_8d2f" }
   */
  @HeadersField()
  headers?: WebhookHeaders;

  @TimeoutField()
  timeoutMs?: number | null;

  @RetryScheduleField()
  retrySchedule?: string[] | null;

  /**
   * `extraction`: a later event of an extraction is sent only after the earlier one succeeded, was exhausted or was cancelled.
   * Other extractions continue. Default: `none`.
   */
  @OrderingField()
  ordering?: WebhookOrdering;

  /** The most requests per period, over all retries. Further deliveries wait, and cost no attempt. Null: no limit. */
  @MayBeAbsent()
  @RateLimitField()
  rateLimit?: WebhookRateLimit | null;

  /**
   * `ed25519`: the service keeps a private key, and receivers verify with `publicKey`. They hold no secret. `webhook-signature` is
   * then `v1a,…`, and there is no `x-docmap-signature`. A webhook keeps its kind of signature. Default: `hmac-sha256`.
   */
  @SignatureField()
  signature?: WebhookSignature;

  /**
   * The authentication of requests at the receiver. `oauth2`: each request has `authorization: Bearer` with an access token of
   * your authorization server, which the service gets with the client credentials. `mtls`: the service shows a client
   * certificate. Secrets are stored encrypted, and never shown again. Null: none.
   */
  @AuthField()
  auth?: WebhookAuth | null;
}

/** Changes of a webhook. Fields that are left out stay as they are. */
@ApiSchema({ name: 'UpdateWebhook' })
export class UpdateWebhookDto {
  @MayBeAbsent()
  @TargetUrl(ApiPropertyOptional)
  url?: string;

  @MayBeAbsent()
  @SubscribedEvents(ApiPropertyOptional)
  events?: string[];

  /**
   * `false` deactivates the webhook: queued deliveries wait, and new events are not queued for it. `true` activates it, if
   * the limit of active webhooks allows it.
   */
  @MayBeAbsent()
  @TrueOrFalse()
  @ApiPropertyOptional()
  active?: boolean;

  /** A note for yourself. Null removes it. */
  @ValidateIf((_object, value) => value !== undefined && value !== null)
  @PlainText(0, 500, ApiPropertyOptional)
  @ApiPropertyOptional({ nullable: true })
  description?: string | null;

  /** Replaces all metadata: keys that are left out are removed. Null and {} remove all keys. */
  @ValidateIf((_object, value) => value !== undefined && value !== null)
  @MetadataField({ nullable: true })
  metadata?: WebhookMetadata | null;

  /**
   * Replaces the filter, as in `POST /v1/webhooks`. Null removes it. Events that are queued already stay queued.
   * @example { "data.pages": { "$gte": 100 } }
   */
  @FilterField()
  filter?: WebhookFilter | null;

  /**
   * Replaces all headers: names that are left out are removed. The value `********` keeps the stored value of its name. Null
   * and {} remove all headers.
   * @example { "x-api-key": "k_8d2f" }
   */
  @HeadersField({ keeps: true })
  headers?: WebhookHeaders | null;

  @TimeoutField()
  timeoutMs?: number | null;

  @RetryScheduleField()
  retrySchedule?: string[] | null;

  /** The order of deliveries. `extraction` orders waiting deliveries, too, except those that are in flight. */
  @OrderingField()
  ordering?: WebhookOrdering;

  /** The most requests per period. Null removes the limit. */
  @MayBeAbsent()
  @RateLimitField()
  rateLimit?: WebhookRateLimit | null;

  /** Only the present value is allowed: to change the kind of signature, create another webhook. */
  @SignatureField()
  signature?: WebhookSignature;

  /**
   * Replaces the authentication, as in `POST /v1/webhooks`. Null removes it. The value `********` keeps the stored secret: a
   * `clientSecret` for the same `tokenUrl`, a `privateKey` for a certificate of the same key.
   */
  @AuthField({ keeps: true })
  auth?: WebhookAuth | null;
}

/** Filters of the list of webhooks. */
export class ListWebhooksDto {
  /** The user whose webhooks to list. Default: the caller. Another user needs a key with the scope `admin`. */
  @MayBeAbsent()
  @ExternalId(undefined, ApiPropertyOptional)
  userId?: string;

  /** `true` (the default) lists active webhooks, `false` inactive ones, and `all` both. */
  @MayBeAbsent()
  @OneOf(['true', 'false', 'all'], text('a state'))
  @ApiPropertyOptional({ enum: ['true', 'false', 'all'], default: 'true' })
  active?: 'true' | 'false' | 'all';
}

/** Options of the rotation of a signing secret. */
@ApiSchema({ name: 'RotateSecret' })
export class RotateSecretDto {
  /** The overlap in seconds, in which the old secret signs next to the new one. Default: 86400 (a day). */
  @MayBeAbsent()
  @WholeNumber(0, MAX_OVERLAP_SECONDS)
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: MAX_OVERLAP_SECONDS, example: DEFAULT_OVERLAP_SECONDS })
  overlapSeconds?: number;
}
