import { Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { HttpReply } from '../common/http-exchange.js';
import { ApiController } from '../auth/api-controller.js';
import { Public } from '../auth/auth.decorators.js';
import { MetricsService } from './metrics.service.js';

@ApiTags('Operation')
@Public()
@ApiController('metrics')
export class MetricsController {
  constructor(private readonly service: MetricsService) {}

  /** Figures of this process in Prometheus' text format. */
  @Get()
  @ApiProduces('text/plain')
  @ApiOkResponse({ description: 'The figures.', schema: { type: 'string' } })
  async metrics(@Res() reply: HttpReply) {
    reply
      .header('content-type', this.service.contentType)
      .status(200)
      .send(await this.service.text());
  }
}
