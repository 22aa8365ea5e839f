import { Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import { ApiController } from '../auth/api-controller.js';
import type { HttpReply } from '../common/http-messages.js';
import { Public } from '../auth/auth.decorators.js';
import { ApiOpenErrors } from '../common/api-docs.js';
import { MetricsService } from './metrics.service.js';

@ApiTags('Operation')
@Public()
@ApiController('metrics')
export class MetricsController {
  constructor(private readonly service: MetricsService) {}

  /**
   * Shows the metrics of this process.
   *
   * @remarks
   * The response has the text format of Prometheus. With several processes, collect the metrics of each and add them up.
   */
  @Get()
  @ApiOpenErrors('VALIDATION_ERROR')
  @ApiProduces('text/plain')
  @ApiOkResponse({ description: 'The metrics.', schema: { type: 'string' } })
  async getMetrics(@Res() reply: HttpReply) {
    reply
      .header('content-type', this.service.contentType)
      .status(200)
      .send(await this.service.text());
  }
}
