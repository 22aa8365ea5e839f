import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { DEFAULT_PAGE_SIZE } from '../common/cursor.js';
import { eventNamesOf } from '../common/event-names.js';
import { CursorQuery, IntegerQuery, MayBeAbsent, OneOf, Timestamp } from '../common/validation.js';
import { DOCUMENTED } from '../webhooks/documented-types.js';
import { text } from '../translations/phrase.js';

/** The reasons why a pending delivery waits. */
const REASONS = ['due', 'retry', 'pause', 'rate-limit', 'order'] as const;

/** A page of a backlog. */
export class ListBacklogDto {
  /** The most deliveries in the response. */
  @IntegerQuery(1, 100, DEFAULT_PAGE_SIZE)
  limit?: number;

  @CursorQuery()
  cursor?: string;
}

/** The deliveries to cancel. Without a field, all pending deliveries of the webhook. */
@ApiSchema({ name: 'CancelBacklog' })
export class CancelBacklogDto {
  /** Only deliveries of this event type. */
  @MayBeAbsent()
  @OneOf((object) => eventNamesOf(object).logged, text('an event type'))
  @ApiPropertyOptional({ enum: DOCUMENTED.logged, enumName: 'DeliveredEventType' })
  event?: string;

  /** Only deliveries of events that were accepted before this time (ISO 8601). */
  @MayBeAbsent()
  @Timestamp()
  @ApiPropertyOptional({ format: 'date-time', example: '2025-01-20T00:00:00.000Z' })
  before?: string;
}

/** A delivery whose next attempt is still to be made. */
@ApiSchema({ name: 'PendingDelivery' })
export class PendingDeliveryDto {
  /** The receiver gets this id as `webhook-id`. */
  @ApiProperty({ example: 'ee96fc91-727a-82ba-a11f-c9ea93bdb95e' })
  deliveryId: string;

  /** @example "01948432-9d6b-7a10-9b2c-3d4e5f607182" */
  @ApiProperty()
  eventId: string;

  /**
   * The extraction that the event is about.
   * @example "extract-xyz789"
   */
  @ApiProperty({ type: String, nullable: true })
  extractionId: string | null;

  /** The event type. */
  @ApiProperty({ enum: DOCUMENTED.logged, example: 'extraction.completed' })
  event: string;

  /** The number of the next attempt within the delivery, from 1. */
  @ApiProperty({ type: 'integer', minimum: 1, example: 3 })
  attempt: number;

  /** The time when the next attempt is due. */
  @ApiProperty({ example: '2025-01-20T14:35:04.000Z' })
  nextAttemptAt: Date;

  /**
   * The reason of the wait. `due`: the delivery is being sent, or is sent as soon as there is room for it. `retry`: its next
   * attempt is not due yet. `pause`: the webhook is paused or not active, or gets one delivery at a time after a pause.
   * `rate-limit`: the `rateLimit` of the webhook allows no request now. `order`: an earlier event of its extraction is pending.
   */
  @ApiProperty({ enum: REASONS, example: 'retry' })
  waitsFor: (typeof REASONS)[number];
}

/** The numbers of pending deliveries. */
@ApiSchema({ name: 'BacklogTotals' })
export class BacklogTotalsDto {
  /** All pending deliveries, those that are being sent included. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 1250 })
  pending: number;

  /** The pending deliveries whose next attempt is due now. A pause may hold them back. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 40 })
  due: number;

  /** Whether the counts end at 10,000: there are at least as many. `oldestDue` is always exact. */
  @ApiProperty({ example: false })
  limited: boolean;

  /** The earliest due time. Null without a due delivery. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2025-01-20T14:30:04.000Z' })
  oldestDue: Date | null;
}

/** A page of the pending deliveries of a webhook. */
@ApiSchema({ name: 'BacklogPage' })
export class BacklogPageDto {
  @ApiProperty({ type: [PendingDeliveryDto] })
  data: PendingDeliveryDto[];

  /** Of the whole backlog, not of the page. */
  totals: BacklogTotalsDto;

  /** Whether a next page exists, with deliveries that are due later. */
  @ApiProperty({ example: false })
  hasMore: boolean;

  /** The `cursor` of the next page. Null on the last page. */
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor: string | null;
}

/** The result of a change of a backlog. */
@ApiSchema({ name: 'BacklogChange' })
export class BacklogChangeDto {
  /** The number of deliveries that were cancelled, or that waited for a later time and are due now. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 1250 })
  deliveries: number;

  /** Whether the time of the request was over before the last delivery. Repeat the request then. */
  @ApiProperty({ example: false })
  hasMore: boolean;
}
