import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { DEFAULT_PAGE_SIZE } from '../common/cursor.js';
import {
  IdList,
  CursorQuery,
  EXTERNAL_ID_TEXT,
  IntegerQuery,
  isExternalId,
  MayBeAbsent,
  MOST_IDS,
  OneOf,
  Timestamp,
  TrueOrFalse,
} from '../common/validation.js';
import { SubscriptionList } from '../webhooks/subscription-list.js';
import { text, type Phrase, type PhraseValue } from '../translations/phrase.js';

const STATUSES = ['running', 'completed', 'cancelled'] as const;
const INCLUDES = ['missed', 'all'] as const;

export type RecoveryStatus = (typeof STATUSES)[number];
export type RecoveryInclude = (typeof INCLUDES)[number];

const noExtraction = (field: PhraseValue, value: PhraseValue): Phrase =>
  text('{{field}}: {{value}} is not an id of an extraction; use {{right}}', { field, value, right: EXTERNAL_ID_TEXT });

/** The events to queue again. */
@ApiSchema({ name: 'RecoverWebhook' })
export class RecoverDto {
  /** Events accepted at this time or later (ISO 8601). */
  @Timestamp()
  @ApiProperty({ format: 'date-time', example: '2025-01-20T00:00:00.000Z' })
  since: string;

  /** Events accepted before this time (ISO 8601). Default: now. */
  @MayBeAbsent()
  @Timestamp()
  @ApiPropertyOptional({ format: 'date-time', example: '2025-01-21T00:00:00.000Z' })
  until?: string;

  /**
   * Only events of these types: names, `*`, or patterns such as `extraction.*`. The webhook must subscribe to them too. Default:
   * all types that it subscribes to.
   */
  @MayBeAbsent()
  @SubscriptionList(ApiPropertyOptional, { example: ['extraction.completed'] })
  events?: string[];

  /** Only events about these extractions, up to 100. Default: all. */
  @MayBeAbsent()
  @IdList(text('an array of 1 to {{most}} ids of extractions', { most: MOST_IDS }), noExtraction, {
    isId: isExternalId,
  })
  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[\\x21-\\x7e]+$' },
    minItems: 1,
    maxItems: MOST_IDS,
    uniqueItems: true,
    example: ['extract-xyz789'],
  })
  extractionIds?: string[];

  /** `missed`, the default: events that the webhook has not received. `all`: also events that it has received. */
  @MayBeAbsent()
  @OneOf(INCLUDES, text('a choice of events'))
  @ApiPropertyOptional({ enum: INCLUDES, example: 'missed' })
  include?: RecoveryInclude;

  /** `true`: count the events, and queue nothing. */
  @MayBeAbsent()
  @TrueOrFalse()
  @ApiPropertyOptional({ example: false })
  dryRun?: boolean;
}

/** A page of the recoveries of a webhook. */
export class ListRecoveriesDto {
  /** The most recoveries in the response. */
  @IntegerQuery(1, 100, DEFAULT_PAGE_SIZE)
  limit?: number;

  @CursorQuery()
  cursor?: string;
}

/** A recovery: it queues the events of a time window. It goes on in the background, also after a crash. */
@ApiSchema({ name: 'Recovery' })
export class RecoveryDto {
  /** @example "01948432-9d6b-7a10-9b2c-3d4e5f607182" */
  @ApiProperty()
  id: string;

  /** @example "webhook-9f86d081884c7d659a2feaa0c55ad015" */
  @ApiProperty()
  webhookId: string;

  @ApiProperty()
  since: Date;

  @ApiProperty()
  until: Date;

  /** The types of the request. Null: all that the webhook subscribes to. */
  @ApiProperty({ type: [String], nullable: true, example: ['extraction.completed'] })
  events: string[] | null;

  /** The extractions of the request. Null: all. */
  @ApiProperty({ type: [String], nullable: true, example: null })
  extractionIds: string[] | null;

  @ApiProperty({ enum: INCLUDES, example: 'missed' })
  include: RecoveryInclude;

  @ApiProperty({ enum: STATUSES, example: 'completed' })
  status: RecoveryStatus;

  /** The number of deliveries that the recovery has queued so far. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 12 })
  queued: number;

  /** The number of events of the window that the recovery has examined so far, those that it does not queue included. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 340 })
  examined: number;

  /**
   * The number of events of the window that are still to be examined. An estimate: the events are counted when the recovery
   * begins. Null: there are too many to count within a second.
   */
  @ApiProperty({ type: 'integer', minimum: 0, nullable: true, example: 0 })
  left: number | null;

  /** The estimated end, from the rate so far. Null: not known, or not running. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  estimatedEndAt: Date | null;

  @ApiProperty()
  createdAt: Date;

  /** When the recovery was completed or cancelled. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  completedAt: Date | null;
}

/** A page of the recoveries of a webhook. */
@ApiSchema({ name: 'RecoveryPage' })
export class RecoveryPageDto {
  @ApiProperty({ type: [RecoveryDto] })
  data: RecoveryDto[];

  /** Whether a next page exists, with older recoveries. */
  @ApiProperty({ example: false })
  hasMore: boolean;

  /** The `cursor` of the next page. Null on the last page. */
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor: string | null;
}

/** The events that a recovery would queue now. */
@ApiSchema({ name: 'RecoveryCount' })
export class RecoveryCountDto {
  @ApiProperty({ type: 'integer', minimum: 0, example: 1250 })
  events: number;

  /** When the first of them was accepted. Null without events. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2025-01-20T00:00:04.000Z' })
  oldest: Date | null;

  /** When the last of them was accepted. Null without events. `until` is exclusive: it must be later than this time. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2025-01-20T23:59:31.000Z' })
  newest: Date | null;

  /** Whether the count ended after two seconds: there are at least as many events, and `newest` is the last counted one. */
  @ApiProperty({ example: false })
  limited: boolean;
}
