import { Body, Delete, Get, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ApiController } from '../auth/api-controller.js';
import { PathParameter } from '../runtime/path-parameter.js';
import { CurrentCaller } from '../auth/auth.decorators.js';
import type { Caller } from '../auth/caller.js';
import { ApiData, ApiDataResponse, ApiErrors, ApiJsonBody } from '../common/api-docs.js';
import type { HttpReply } from '../common/http-messages.js';
import { ListRecoveriesDto, RecoverDto, RecoveryCountDto, RecoveryDto, RecoveryPageDto } from './recoveries.dto.js';
import { RecoveriesService } from './recoveries.service.js';

@ApiTags('Webhooks')
@ApiBearerAuth()
@ApiController('webhooks/:id')
export class RecoveriesController {
  constructor(private readonly service: RecoveriesService) {}

  /**
   * Queues the events that the webhook has missed.
   *
   * @remarks
   * The recovery queues each event of the time window that the webhook subscribes to and has not received. Either its
   * delivery has ended without success, or there never was one. With `include: "all"`, it also queues events that were
   * delivered. Pending deliveries stay as they are. `events` and `extractionIds` choose some of the events. The webhook must
   * be active. A large recovery goes on in the background.
   *
   * With `dryRun: true`, the response has status 200 and the number of these events. Nothing is queued, and the webhook
   * may be inactive.
   */
  @Post('recover')
  @ApiJsonBody(RecoverDto, { since: '2025-01-20T00:00:00.000Z' })
  @ApiDataResponse(RecoveryDto, {
    name: 'RecoveryResponse',
    status: 202,
    description: 'The recovery and its progress.',
  })
  @ApiDataResponse(RecoveryCountDto, {
    name: 'RecoveryCountResponse',
    description: 'With `dryRun`: the events that the recovery would queue.',
  })
  @ApiErrors('NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async recoverWebhook(
    @CurrentCaller() caller: Caller,
    @PathParameter('id') id: string,
    @Body() body: RecoverDto,
    @Res({ passthrough: true }) reply: HttpReply,
  ) {
    const data = body.dryRun
      ? await this.service.count(caller, id, body)
      : await this.service.recover(caller, id, body);
    reply.status(body.dryRun ? 200 : 202);
    return { data };
  }

  /**
   * Lists the recoveries of a webhook, newest first.
   *
   * @remarks
   * A recovery is removed at the end of the retention, like the events.
   */
  @Get('recoveries')
  @ApiOkResponse({ description: 'The recoveries.', type: RecoveryPageDto })
  @ApiErrors('NOT_FOUND')
  async listRecoveries(
    @CurrentCaller() caller: Caller,
    @PathParameter('id') id: string,
    @Query() query: ListRecoveriesDto,
  ) {
    return this.service.page(caller, id, query);
  }

  /**
   * Shows the progress of a recovery.
   *
   * @remarks
   * Repeat the request until `status` is not `running`.
   */
  @Get('recoveries/:recoveryId')
  @ApiData(RecoveryDto, { name: 'RecoveryResponse', description: 'The recovery and its progress.' })
  @ApiErrors('NOT_FOUND')
  async getRecovery(
    @CurrentCaller() caller: Caller,
    @PathParameter('id') id: string,
    @PathParameter('recoveryId') recoveryId: string,
  ) {
    return { data: await this.service.progress(caller, id, recoveryId) };
  }

  /**
   * Cancels the part of a recovery that is not queued yet.
   *
   * @remarks
   * Deliveries that are queued already stay queued: `POST …/backlog/cancel` cancels them. A recovery that has ended stays as it is,
   * with `completed` or `cancelled` as its `status`.
   */
  @Delete('recoveries/:recoveryId')
  @ApiData(RecoveryDto, { name: 'RecoveryResponse', description: 'The recovery, which has ended.' })
  @ApiErrors('NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async cancelRecovery(
    @CurrentCaller() caller: Caller,
    @PathParameter('id') id: string,
    @PathParameter('recoveryId') recoveryId: string,
  ) {
    return { data: await this.service.cancel(caller, id, recoveryId) };
  }
}
