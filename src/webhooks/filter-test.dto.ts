import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { ExternalId } from '../common/validation.js';
import type { WebhookFilter } from './filter.js';
import { FILTER_SCHEMA } from './webhook-filter.js';

/** An event to test a filter with: as receivers get it (`type`, `data`), or as it is published (`event`, `extractionId`, `data`). */
@ApiSchema({ name: 'EventToTest' })
export class EventToTestDto {
  @ExternalId('extraction.completed', ApiPropertyOptional)
  type?: string;

  /** The type, as in `POST /v1/events`. */
  @ExternalId(undefined, ApiPropertyOptional)
  event?: string;

  /** The id of the extraction. Default: `data.id`, if the event has `type`. */
  @ExternalId('extract-xyz789', ApiPropertyOptional)
  extractionId?: string;

  /** No filter reads it. */
  @ApiPropertyOptional()
  timestamp?: string;

  /** No filter reads it. */
  @ApiPropertyOptional()
  occurredAt?: string;

  /** No filter reads it. */
  @ApiPropertyOptional()
  userId?: string;

  @ApiProperty({ type: 'object', additionalProperties: true, example: { id: 'extract-xyz789', pages: 120 } })
  data: object;
}

/** A filter, and an event to test it with. */
@ApiSchema({ name: 'TestFilter' })
export class TestFilterDto {
  /** A filter, as in `POST /v1/webhooks`. */
  @ApiProperty({ ...FILTER_SCHEMA, nullable: false })
  filter: WebhookFilter;

  @ApiProperty({ type: EventToTestDto })
  event: EventToTestDto;
}

/** The result of a test of a filter. */
@ApiSchema({ name: 'FilterResult' })
export class FilterResultDto {
  /** Whether a webhook with this filter gets the event, if it subscribes to its type. */
  @ApiProperty({ example: true })
  matches: boolean;
}
