import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';
import { eventNamesOf } from '../common/event-names.js';
import { isObject } from '../common/is-object.js';
import { ExternalId, MayBeAbsent, OneOf, Timestamp } from '../common/validation.js';
import { DeliveryDto } from '../deliveries/deliveries.dto.js';
import { DOCUMENTED, EVENT_TYPE_ENUM } from '../webhooks/documented-types.js';
import { Must } from '../common/rules.js';
import { text } from '../translations/phrase.js';

/** The most events a batch may have. */
export const MAX_BATCH_SIZE = 500;

/** An event to publish. */
@ApiSchema({ name: 'PublishEvent' })
export class PublishEventDto {
  @OneOf((object) => eventNamesOf(object).published, text('an event type'))
  @ApiProperty({ ...EVENT_TYPE_ENUM, example: 'extraction.completed' })
  event: string;

  /** The user whose webhooks get the event. By default, `uid_local` is the user of the first API key. */
  @ExternalId('uid_local')
  userId: string;

  /** The id of the extraction. Receivers get it as `data.id`. */
  @ValidateIf((event: PublishEventDto, id) => id !== undefined || eventNamesOf(event).needsExtraction(event.event))
  @ExternalId('extract-xyz789', ApiPropertyOptional)
  extractionId?: string;

  /**
   * The data that receivers get in `data`, after the id. Its text stays the same: numbers, the order of keys, and escapes.
   * The body of the request to the receiver has at most 256 KiB.
   */
  @Must('plainObject', text('an object'), isObject)
  @ApiProperty({ type: 'object', additionalProperties: true, example: { pages: 3, confidence: 0.98 } })
  data: Record<string, unknown>;

  /** The time when the event happened (ISO 8601). Default: now. */
  @MayBeAbsent()
  @Timestamp()
  @ApiPropertyOptional({ format: 'date-time', example: '2025-01-20T14:30:03.512Z' })
  occurredAt?: string;
}

/** Several events, accepted together or not at all. */
@ApiSchema({ name: 'PublishEvents' })
export class PublishBatchDto {
  @ApiProperty({ type: [PublishEventDto], minItems: 1, maxItems: MAX_BATCH_SIZE })
  events: PublishEventDto[];
}

/** A stored event. It is delivered at least once, whatever crashes. */
@ApiSchema({ name: 'AcceptedEvent' })
export class AcceptedEventDto {
  /** @example "01948432-9d6b-7a10-9b2c-3d4e5f607182" */
  @ApiProperty()
  id: string;

  @ApiProperty({ enum: DOCUMENTED.logged, example: 'extraction.completed' })
  event: string;

  /** @example "uid_a1b2c3d4e5f6" */
  @ApiProperty()
  userId: string;

  /** @example "extract-xyz789" */
  @ApiProperty({ type: String, nullable: true })
  extractionId: string | null;

  /** The number of webhooks that it was queued for. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 1 })
  deliveries: number;

  @ApiProperty()
  createdAt: Date;
}

/** An event and its deliveries. */
@ApiSchema({ name: 'Event' })
export class EventDto {
  /** @example "01948432-9d6b-7a10-9b2c-3d4e5f607182" */
  @ApiProperty()
  id: string;

  @ApiProperty({ enum: DOCUMENTED.logged, example: 'extraction.completed' })
  event: string;

  /** @example "uid_a1b2c3d4e5f6" */
  @ApiProperty()
  userId: string;

  /** @example "extract-xyz789" */
  @ApiProperty({ type: String, nullable: true })
  extractionId: string | null;

  /** The time when the event happened. */
  @ApiProperty()
  occurredAt: Date;

  @ApiProperty()
  createdAt: Date;

  /** The deliveries of the event, one for each webhook. */
  @ApiProperty({ type: [DeliveryDto] })
  deliveries: DeliveryDto[];
}
