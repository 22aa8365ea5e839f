import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { MayBeAbsent, Timestamp } from '../common/validation.js';

/** From when to count. */
export class WebhookStatsQueryDto {
  /** Counts attempts made at this time or later (ISO 8601); 24 hours ago when left out. */
  @MayBeAbsent()
  @Timestamp()
  @ApiPropertyOptional({ format: 'date-time' })
  since?: string;
}

/** Durations in milliseconds; null without attempts. */
@ApiSchema({ name: 'Durations' })
export class DurationDto {
  @ApiProperty({ type: Number, nullable: true, example: 84 })
  p50: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 312 })
  p95: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 904 })
  p99: number | null;
}

/** What a webhook's attempts came to. */
@ApiSchema({ name: 'AttemptStats' })
export class AttemptStatsDto {
  @ApiProperty({ type: 'integer', minimum: 0, example: 120 })
  attempts: number;

  @ApiProperty({ type: 'integer', minimum: 0, example: 117 })
  succeeded: number;

  @ApiProperty({ type: 'integer', minimum: 0, example: 3 })
  failed: number;

  /** From 0 to 1; null without attempts. */
  @ApiProperty({ type: Number, nullable: true, minimum: 0, maximum: 1, example: 0.975 })
  successRate: number | null;

  durationMs: DurationDto;
}

/** One hour of it. */
@ApiSchema({ name: 'HourStats' })
export class HourStatsDto extends AttemptStatsDto {
  /** When the hour began (UTC). */
  hour: Date;
}

/** How a webhook has been doing. */
@ApiSchema({ name: 'WebhookStats' })
export class WebhookStatsDto extends AttemptStatsDto {
  since: Date;

  /** Hours without attempts are left out. */
  @ApiProperty({ type: [HourStatsDto] })
  hours: HourStatsDto[];
}
