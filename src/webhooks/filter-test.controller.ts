import { Body, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ApiController } from '../auth/api-controller.js';
import { ApiData, ApiErrors, ApiJsonBody } from '../common/api-docs.js';
import { JsonText } from '../common/json-text.js';
import { FilterResultDto, TestFilterDto } from './filter-test.dto.js';
import { WebhooksService } from './webhooks.service.js';

const EXAMPLE: TestFilterDto = {
  filter: { 'data.pages': { $gte: 100 } },
  event: { type: 'extraction.completed', data: { id: 'extract-xyz789', pages: 120 } },
};

@ApiTags('Webhooks')
@ApiBearerAuth()
@ApiController('webhooks/test-filter')
export class FilterTestController {
  constructor(private readonly service: WebhooksService) {}

  /**
   * Tests a filter with an event.
   *
   * @remarks
   * The database evaluates the filter in the same way as for an event that is published. Nothing is stored or sent. Numbers
   * keep all digits.
   */
  @Post()
  @ApiJsonBody(TestFilterDto, EXAMPLE)
  @ApiData(FilterResultDto, { name: 'FilterResultResponse', description: 'Whether the event matches.' })
  @ApiErrors('UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async testFilter(@Body() body: JsonText) {
    return { data: await this.service.testFilter(body instanceof JsonText ? body : new JsonText('{}')) };
  }
}
