import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { MayBeAbsent, Timestamp } from '../common/validation.js';

const STATUSES = ['running', 'completed'] as const;

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
}

/** A recovery: it queues the missed events of a time window. It goes on in the background, also after a crash. */
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

  @ApiProperty({ enum: STATUSES, example: 'completed' })
  status: (typeof STATUSES)[number];

  /** The number of deliveries that the recovery has queued so far. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 12 })
  queued: number;

  @ApiProperty()
  createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  completedAt: Date | null;
}
