import { Body, Get, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ApiController } from '../auth/api-controller.js';
import { CurrentCaller } from '../auth/auth.decorators.js';
import type { Caller } from '../auth/caller.js';
import { ApiData, ApiErrors, ApiJsonBody } from '../common/api-docs.js';
import { PathParameter } from '../runtime/path-parameter.js';
import { BacklogChangeDto, BacklogPageDto, CancelBacklogDto, ListBacklogDto } from './backlog.dto.js';
import { BacklogService } from './backlog.service.js';

@ApiTags('Webhooks')
@ApiBearerAuth()
@ApiController('webhooks/:id/backlog')
export class BacklogController {
  constructor(private readonly service: BacklogService) {}

  /**
   * Lists the pending deliveries of a webhook, those that are due first at the beginning.
   *
   * @remarks
   * A delivery is pending until an attempt succeeds, or until no attempt is left. `waitsFor` has the reason of its wait.
   * `totals` counts the whole backlog, up to 10,000 deliveries.
   */
  @Get()
  @ApiOkResponse({ description: 'The pending deliveries.', type: BacklogPageDto })
  @ApiErrors('NOT_FOUND')
  async listBacklog(@CurrentCaller() caller: Caller, @PathParameter('id') id: string, @Query() query: ListBacklogDto) {
    return this.service.page(caller, id, query);
  }

  /**
   * Makes all pending deliveries of a webhook due now.
   *
   * @remarks
   * Retries do not wait for their times, and a pause of the webhook ends, even one that `Retry-After` requested. After a pause, one
   * delivery tests the receiver, and the others follow its success. If the receiver answers `429`, `502`, `503` or `504` again, the
   * webhook pauses again. Each delivery keeps its place in the retry schedule. The webhook must be active. If `hasMore` is true, repeat the request.
   */
  @Post('send-now')
  @ApiData(BacklogChangeDto, {
    name: 'BacklogChangeResponse',
    status: 202,
    description: 'The number of deliveries that waited for a later time.',
  })
  @ApiErrors('NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async sendBacklogNow(@CurrentCaller() caller: Caller, @PathParameter('id') id: string) {
    return { data: await this.service.sendNow(caller, id) };
  }

  /**
   * Cancels pending deliveries of a webhook.
   *
   * @remarks
   * Without a field, it cancels all of them. An attempt in flight ends and is recorded, and is not repeated. `POST …/recover`
   * queues cancelled deliveries again. If `hasMore` is true, repeat the request.
   */
  @Post('cancel')
  @ApiJsonBody(CancelBacklogDto, { before: '2025-01-20T00:00:00.000Z' }, { required: false })
  @ApiData(BacklogChangeDto, { name: 'BacklogChangeResponse', description: 'The number of cancelled deliveries.' })
  @ApiErrors('NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async cancelBacklog(
    @CurrentCaller() caller: Caller,
    @PathParameter('id') id: string,
    @Body() body: CancelBacklogDto,
  ) {
    return { data: await this.service.cancel(caller, id, body) };
  }
}
