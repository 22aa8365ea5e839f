import { Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ApiController } from '../auth/api-controller.js';
import { CurrentCaller } from '../auth/auth.decorators.js';
import type { Caller } from '../auth/caller.js';
import { ApiData, ApiErrors } from '../common/api-docs.js';
import { DeliveryDto } from '../deliveries/deliveries.dto.js';
import { PathParameter } from '../runtime/path-parameter.js';
import { Traceparent } from '../runtime/traceparent.decorator.js';
import { TestEventService } from './test-event.service.js';

@ApiTags('Webhooks')
@ApiBearerAuth()
@ApiController('webhooks/:id/test')
export class TestEventController {
  constructor(private readonly service: TestEventService) {}

  /**
   * Queues one test delivery.
   *
   * @remarks
   * The webhook gets a `webhook.test` event, whatever it subscribes to. The webhook must be active.
   */
  @Post()
  @ApiData(DeliveryDto, { name: 'DeliveryResponse', status: 202, description: 'The queued delivery.' })
  @ApiErrors('NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async testWebhook(
    @CurrentCaller() caller: Caller,
    @PathParameter('id') id: string,
    @Traceparent() traceparent: string | null,
  ) {
    return { data: await this.service.send(caller, id, traceparent) };
  }
}
