import { ApiProperty, ApiSchema } from '@nestjs/swagger';

/** An event as receivers get it. */
@ApiSchema({ name: 'EventTypeExample' })
export class EventTypeExampleDto {
  /** @example "extraction.completed" */
  @ApiProperty()
  type: string;

  /** @example "2025-01-20T14:30:03.512Z" */
  @ApiProperty()
  timestamp: string;

  @ApiProperty({ type: 'object', additionalProperties: true, example: { id: 'extract-xyz789', pages: 3 } })
  data: object;
}

/** A type of events. */
@ApiSchema({ name: 'EventTypeDescription' })
export class EventTypeDescriptionDto {
  /**
   * The name that webhooks subscribe to.
   * @example "extraction.completed"
   */
  @ApiProperty()
  name: string;

  /**
   * A sentence that says when the event happens.
   * @example "An extraction has completed."
   */
  @ApiProperty()
  description: string;

  /** The JSON Schema (draft 2020-12) of the body of a request. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: { type: 'object' } })
  schema: object;

  /** An example of the body of a request. */
  @ApiProperty({ type: EventTypeExampleDto })
  example: EventTypeExampleDto;
}
