import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { ExternalId, MayBeAbsent, Timestamp } from '../common/validation.js';
import { BacklogTotalsDto } from './backlog.dto.js';

/** The period of the statistics. */
export class WebhookStatsQueryDto {
  /** Only attempts made at this time or later (ISO 8601). Default: 24 hours ago. */
  @MayBeAbsent()
  @Timestamp()
  @ApiPropertyOptional({ format: 'date-time' })
  since?: string;
}

/** The user and the period of the statistics. */
export class UserStatsQueryDto extends WebhookStatsQueryDto {
  /** The user whose webhooks to count. Default: the caller. Another user needs a key with the scope `admin`. */
  @MayBeAbsent()
  @ExternalId(undefined, ApiPropertyOptional)
  userId?: string;
}

/** Percentiles of durations, in milliseconds. Null without attempts. */
@ApiSchema({ name: 'Durations' })
export class DurationDto {
  @ApiProperty({ type: Number, nullable: true, example: 84 })
  p50: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 312 })
  p95: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 904 })
  p99: number | null;
}

/** Statistics of attempts. */
@ApiSchema({ name: 'AttemptStats' })
export class AttemptStatsDto {
  @ApiProperty({ type: 'integer', minimum: 0, example: 120 })
  attempts: number;

  @ApiProperty({ type: 'integer', minimum: 0, example: 117 })
  succeeded: number;

  @ApiProperty({ type: 'integer', minimum: 0, example: 3 })
  failed: number;

  /** The share of attempts that succeeded, from 0 to 1. Null without attempts. */
  @ApiProperty({ type: Number, nullable: true, minimum: 0, maximum: 1, example: 0.975 })
  successRate: number | null;

  durationMs: DurationDto;
}

/** Statistics of one hour. */
@ApiSchema({ name: 'HourStats' })
export class HourStatsDto extends AttemptStatsDto {
  /** The beginning of the hour, in UTC. */
  hour: Date;
}

/** Statistics of a webhook, or of all webhooks of a user. */
@ApiSchema({ name: 'WebhookStats' })
export class WebhookStatsDto extends AttemptStatsDto {
  since: Date;

  /** Hours without attempts are left out. */
  @ApiProperty({ type: [HourStatsDto] })
  hours: HourStatsDto[];

  /** The pending deliveries at the present time. */
  backlog: BacklogTotalsDto;
}
