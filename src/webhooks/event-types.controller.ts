import { Get } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ApiController } from '../auth/api-controller.js';
import { Scopes } from '../auth/auth.decorators.js';
import { ApiData, ApiErrors } from '../common/api-docs.js';
import { exampleOf, payloadSchemaOf, schemasOfClasses, selfContained } from './event-schemas.js';
import { EventTypeDescriptionDto } from './event-types.dto.js';
import { EventTypes } from './event-types.js';

@ApiTags('Webhooks')
@ApiBearerAuth()
@ApiController('event-types')
export class EventTypesController {
  private descriptions: EventTypeDescriptionDto[] | undefined;

  constructor(private readonly types: EventTypes) {}

  /**
   * Lists the event types.
   *
   * @remarks
   * Each type has the JSON Schema of the body that receivers get, and an example. No webhook subscribes to
   * `webhook.test`: only `POST /v1/webhooks/{id}/test` sends it. Needs the scope `webhooks` or `events:publish`.
   */
  @Get()
  @Scopes('webhooks', 'events:publish')
  @ApiData(EventTypeDescriptionDto, { name: 'EventTypePage', isArray: true, description: 'The event types.' })
  @ApiErrors()
  listEventTypes() {
    this.descriptions ??= describe(this.types);
    return { data: this.descriptions };
  }
}

function describe({ all, dataClasses }: EventTypes): EventTypeDescriptionDto[] {
  const { schemas, names } = schemasOfClasses(dataClasses);
  return all.map((type) => ({
    name: type.eventName,
    description: type.description,
    schema: selfContained(payloadSchemaOf(type, names), schemas),
    example: exampleOf(type),
  }));
}
