import { Body, Get, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ApiController } from '../auth/api-controller.js';
import { PathParameter } from '../runtime/path-parameter.js';
import { CurrentCaller } from '../auth/auth.decorators.js';
import type { Caller } from '../auth/caller.js';
import { ApiData, ApiErrors, ApiJsonBody } from '../common/api-docs.js';
import { RecoverDto, RecoveryDto } from './recoveries.dto.js';
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
   * delivery has ended without success, or there never was one. Pending deliveries stay as they are. The webhook must be
   * active. A large recovery goes on in the background.
   */
  @Post('recover')
  @ApiJsonBody(RecoverDto, { since: '2025-01-20T00:00:00.000Z' })
  @ApiData(RecoveryDto, { name: 'RecoveryResponse', status: 202, description: 'The recovery and its progress.' })
  @ApiErrors('NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async recoverWebhook(@CurrentCaller() caller: Caller, @PathParameter('id') id: string, @Body() body: RecoverDto) {
    return { data: await this.service.recover(caller, id, body) };
  }

  /**
   * Shows the progress of a recovery.
   *
   * @remarks
   * Repeat the request until `status` is `completed`.
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
}
