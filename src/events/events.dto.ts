import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';
import { eventNamesOf } from '../common/event-names.js';
import { isObject } from '../common/is-object.js';
import { ExternalId, MayBeAbsent, OneOf, Rule, Timestamp } from '../common/validation.js';
import { DeliveryDto } from '../deliveries/deliveries.dto.js';
import { DOCUMENTED, EVENT_TYPE_ENUM } from '../webhooks/documented-types.js';

/** The most events a batch may have. */
export const MAX_BATCH_SIZE = 500;

/** Something that happened to an extraction. */
@ApiSchema({ name: 'PublishEvent' })
export class PublishEventDto {
  @OneOf((object) => eventNamesOf(object).published, 'an event type')
  @ApiProperty({ ...EVENT_TYPE_ENUM, example: 'extraction.completed' })
  event: string;

  /** Whose extraction it is: this user's webhooks are told. `uid_local` is the user of the first API key, unless configured. */
  @ExternalId('uid_local')
  userId: string;

  /** The extraction; receivers get it as `data.id`. */
  @ValidateIf((event: PublishEventDto, id) => id !== undefined || eventNamesOf(event).needsExtraction(event.event))
  @ExternalId('extract-xyz789', ApiPropertyOptional)
  extractionId?: string;

  /**
   * What receivers get in `data` besides the id, in the same text: numbers, the order of keys and escapes stay as they
   * are. With its envelope at most 256 KiB.
   */
  @Rule('plainObject', 'must be an object', isObject)
  @ApiProperty({ type: 'object', additionalProperties: true, example: { pages: 3, confidence: 0.98 } })
  data: Record<string, unknown>;

  /** When it happened (ISO 8601); now when left out. */
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

/** An event that is stored, to be delivered at least once whatever crashes. */
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

  /** For how many webhooks it was queued. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 1 })
  deliveries: number;

  @ApiProperty()
  createdAt: Date;
}

/** An event and what became of it. */
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

  /** When it happened. */
  @ApiProperty()
  occurredAt: Date;

  @ApiProperty()
  createdAt: Date;

  /** Its deliveries, one for each webhook. */
  @ApiProperty({ type: [DeliveryDto] })
  deliveries: DeliveryDto[];
}
