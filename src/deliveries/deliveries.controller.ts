import { Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiExtraModels, ApiOkResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { Caller } from '../auth/auth.decorators.js';
import type { Caller as CallerOf } from '../auth/caller.js';
import { ApiData, ApiErrors } from '../common/api-docs.js';
import { DeliveryDto, DeliveryRecordDetailDto, DeliveryRecordDto, ListDeliveriesDto } from './deliveries.dto.js';
import { DeliveriesService } from './deliveries.service.js';
import { WebhookStatsDto, WebhookStatsQueryDto } from './webhook-stats.dto.js';

@ApiTags('Deliveries')
@ApiBearerAuth()
@Controller('v1/webhooks')
export class DeliveriesController {
  constructor(private readonly service: DeliveriesService) {}

  /** Lists the caller's recent delivery attempts, newest first, to see whether webhooks receive their events. */
  @Get('deliveries')
  @ApiExtraModels(DeliveryRecordDto)
  @ApiOkResponse({
    description: 'The records. A `webhookId` that is not the caller\'s has none.',
    schema: {
      type: 'object',
      required: ['data', 'hasMore', 'nextCursor'],
      properties: {
        data: { type: 'array', items: { $ref: getSchemaPath(DeliveryRecordDto) } },
        hasMore: { type: 'boolean', description: 'Whether there are older records.' },
        nextCursor: { type: 'string', nullable: true, description: 'The `cursor` of the next page.' },
      },
    },
  })
  @ApiErrors('VALIDATION_ERROR')
  async list(@Caller() caller: CallerOf, @Query() query: ListDeliveriesDto) {
    return this.service.list(caller, query);
  }

  /** Shows one delivery attempt with its request and response. */
  @Get('deliveries/:id')
  @ApiData(DeliveryRecordDetailDto, { description: 'The record.' })
  @ApiErrors('NOT_FOUND')
  async get(@Caller() caller: CallerOf, @Param('id') id: string) {
    return { data: await this.service.get(caller, id) };
  }

  /** Queues the same event to the same webhook once more, under the same `webhook-id` and with a fresh retry schedule. */
  @Post('deliveries/:id/resend')
  @ApiData(DeliveryDto, { status: 202, description: 'The delivery, pending again.' })
  @ApiErrors('VALIDATION_ERROR', 'NOT_FOUND')
  async resend(@Caller() caller: CallerOf, @Param('id') id: string) {
    return { data: await this.service.resend(caller, id) };
  }

  /** Sums up a webhook's attempts: how many, how many succeeded, how long they took, in all and by hour. */
  @Get(':id/stats')
  @ApiData(WebhookStatsDto, { description: 'The statistics.' })
  @ApiErrors('VALIDATION_ERROR', 'NOT_FOUND')
  async stats(@Caller() caller: CallerOf, @Param('id') id: string, @Query() { since }: WebhookStatsQueryDto) {
    return { data: await this.service.stats(caller, id, since) };
  }
}
