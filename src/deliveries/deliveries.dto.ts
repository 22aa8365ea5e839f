import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { DOCUMENTED } from '../webhooks/documented-types.js';

export const STATUSES = ['success', 'failed'] as const;
export const TRIGGERS = ['event', 'retry', 'resend', 'test', 'recover'] as const;
const STATES = ['pending', 'succeeded', 'exhausted', 'cancelled'] as const;

/** One attempt to deliver an event to a webhook: one HTTP request. */
@ApiSchema({ name: 'DeliveryRecord' })
export class DeliveryRecordDto {
  /**
   * The record's unique id.
   * @example "01948432-9d6c-7c3e-8f1a-2b3c4d5e6f70"
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
   * The webhook that the request was sent to.
   * @example "webhook-9f86d081884c7d659a2feaa0c55ad015"
   */
  @ApiProperty()
  webhookId: string;

  /**
   * The extraction that the event is about.
   * @example "extract-xyz789"
   */
  @ApiProperty({ type: String, nullable: true })
  extractionId: string | null;

  /** The event type. */
  @ApiProperty({ enum: DOCUMENTED.logged, example: 'extraction.completed' })
  event: string;

  /**
   * The URL of the webhook at the time of the attempt.
   * @example "https://your-app.com/webhooks/docmap"
   */
  @ApiProperty()
  url: string;

  /** `success` after a 2xx status, otherwise `failed`. */
  @ApiProperty({ enum: STATUSES, example: 'success' })
  status: (typeof STATUSES)[number];

  /** The status of the response. Null without a response, for example after a network error or a timeout. */
  @ApiProperty({ type: 'integer', nullable: true, example: 200 })
  httpStatus: number | null;

  /** The reason why the attempt failed. Null on success. */
  @ApiProperty({ type: String, nullable: true, example: null })
  error: string | null;

  /** The duration of the attempt, in milliseconds. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 342 })
  durationMs: number;

  /** The time of the attempt. */
  @ApiProperty({ example: '2025-01-20T14:30:04.000Z' })
  createdAt: Date;

  /** The delivery of the attempt. The receiver gets this id as `webhook-id`. */
  @ApiProperty({ example: '01948432-9d6b-82ba-a11f-c9ea93bdb95e' })
  deliveryId: string;

  /** The number of the attempt within its delivery, from 1. */
  @ApiProperty({ type: 'integer', minimum: 1, example: 1 })
  attempt: number;

  /** The cause of the attempt. */
  @ApiProperty({ enum: TRIGGERS, example: 'event' })
  trigger: (typeof TRIGGERS)[number];

  /** The time when the next attempt was due after this one. Null without a next attempt. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  nextAttemptAt: Date | null;
}

/** A page of the log. */
@ApiSchema({ name: 'DeliveryRecordPage' })
export class DeliveryRecordPageDto {
  @ApiProperty({ type: [DeliveryRecordDto] })
  data: DeliveryRecordDto[];

  /** Whether a next page exists, with older records. */
  @ApiProperty({ example: false })
  hasMore: boolean;

  /** The `cursor` of the next page. Null on the last page. */
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor: string | null;
}

/** The request of an attempt. */
@ApiSchema({ name: 'LoggedRequest' })
export class LoggedRequestDto {
  /** The headers that the service set. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  headers: Record<string, string>;

  /** The exact text that was sent and signed. */
  @ApiProperty({
    example: '{"type":"extraction.completed","timestamp":"2025-01-20T14:30:04.000Z","data":{"id":"extract-xyz789"}}',
  })
  body: string;
}

/** The response of the receiver: treat it as untrusted text. */
@ApiSchema({ name: 'LoggedResponse' })
export class LoggedResponseDto {
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  headers: Record<string, string>;

  /** The first 16 KiB of the body. */
  body: string;

  /** Whether the body was longer than the part that is kept. */
  truncated: boolean;
}

/** A record of the log with its request and response. */
@ApiSchema({ name: 'DeliveryRecordDetail' })
export class DeliveryRecordDetailDto extends DeliveryRecordDto {
  request: LoggedRequestDto;

  /** Null without a response. */
  @ApiProperty({ type: LoggedResponseDto, nullable: true })
  response: LoggedResponseDto | null;
}

/** One event for one webhook: the unit of retry. */
@ApiSchema({ name: 'Delivery' })
export class DeliveryDto {
  /** @example "01948432-9d6b-82ba-a11f-c9ea93bdb95e" */
  @ApiProperty()
  id: string;

  /** @example "01948432-9d6b-7a10-9b2c-3d4e5f607182" */
  @ApiProperty()
  eventId: string;

  /** @example "webhook-9f86d081884c7d659a2feaa0c55ad015" */
  @ApiProperty()
  webhookId: string;

  /**
   * `pending`: another attempt will be made. `succeeded`: the receiver answered 2xx. `exhausted`: no attempt is left.
   * `cancelled`: the webhook was deleted, or its owner or an operator cancelled its backlog.
   */
  @ApiProperty({ enum: STATES, example: 'pending' })
  state: (typeof STATES)[number];

  /** The number of attempts so far. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 0 })
  attempts: number;

  /** The time when the next attempt is due. Null without a next attempt. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  nextAttemptAt: Date | null;

  @ApiProperty()
  createdAt: Date;
}
