import { Body, Get, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ApiController } from '../auth/api-controller.js';
import { PathParameter } from '../runtime/path-parameter.js';
import { CurrentCaller } from '../auth/auth.decorators.js';
import type { Caller } from '../auth/caller.js';
import { ApiData, ApiErrors, ApiJsonBody } from '../common/api-docs.js';
import { DeliveryDto, DeliveryRecordDetailDto, DeliveryRecordPageDto } from './deliveries.dto.js';
import { ListDeliveriesDto } from './list-deliveries.dto.js';
import { DeliveriesService } from './deliveries.service.js';
import { ResendDeliveriesDto } from './resend.dto.js';
import { ResendService } from './resend.service.js';
import { StatsService } from './stats.service.js';
import { UserStatsQueryDto, WebhookStatsDto, WebhookStatsQueryDto } from './webhook-stats.dto.js';

const LOG_EXAMPLE = {
  data: [
    {
      id: '01948432-9d6c-7c3e-8f1a-2b3c4d5e6f70',
      userId: 'uid_a1b2c3d4e5f6',
      webhookId: 'webhook-9f86d081884c7d659a2feaa0c55ad015',
      extractionId: 'extract-xyz789',
      event: 'extraction.completed',
      url: 'https://your-app.com/webhooks/docmap',
      status: 'success',
      httpStatus: 200,
      error: null,
      durationMs: 342,
      createdAt: '2025-01-20T14:30:04.000Z',
      deliveryId: '01948432-9d6b-82ba-a11f-c9ea93bdb95e',
      attempt: 1,
      trigger: 'event',
      nextAttemptAt: null,
    },
    {
      id: '019483b7-e5c0-7d11-9c4f-1a2b3c4d5e6f',
      userId: 'uid_a1b2c3d4e5f6',
      webhookId: 'webhook-9f86d081884c7d659a2feaa0c55ad015',
      extractionId: 'extract-uvw456',
      event: 'extraction.failed',
      url: 'https://your-app.com/webhooks/docmap',
      status: 'failed',
      httpStatus: null,
      error: 'The operation was aborted due to timeout',
      durationMs: 10003,
      createdAt: '2025-01-20T12:15:00.000Z',
      deliveryId: '1489f04c-2bd1-8cf4-a941-e867a2051999',
      attempt: 1,
      trigger: 'event',
      nextAttemptAt: '2025-01-20T12:15:15.103Z',
    },
  ],
  hasMore: false,
  nextCursor: null,
};

@ApiTags('Deliveries')
@ApiBearerAuth()
@ApiController('webhooks')
export class DeliveriesController {
  constructor(
    private readonly service: DeliveriesService,
    private readonly resending: ResendService,
    private readonly statistics: StatsService,
  ) {}

  /**
   * Lists recent delivery attempts, newest first.
   *
   * @remarks
   * The log has one record for each attempt to the caller's webhooks. The `webhookId` of another user has no records. With
   * the scope `admin`, `userId` lists the log of another user.
   */
  @Get('deliveries')
  @ApiOkResponse({ description: 'The records.', type: DeliveryRecordPageDto, example: LOG_EXAMPLE })
  @ApiErrors()
  async listDeliveries(@CurrentCaller() caller: Caller, @Query() query: ListDeliveriesDto) {
    return this.service.list(caller, query);
  }

  /**
   * Queues the events of several records to their webhooks once more: all of them or none.
   *
   * @remarks
   * Each receiver gets the event with the same `webhook-id`. The retry schedules begin again. If two records are of one
   * delivery, it is queued once. After an error, which names the id at fault, nothing is queued.
   */
  @Post('deliveries/resend')
  @ApiJsonBody(ResendDeliveriesDto, { ids: ['01948432-9d6c-7c3e-8f1a-2b3c4d5e6f70'] })
  @ApiData(DeliveryDto, {
    name: 'DeliveryList',
    status: 202,
    isArray: true,
    description: 'The delivery of each record, in the order of the ids.',
  })
  @ApiErrors('NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async resendDeliveries(@CurrentCaller() caller: Caller, @Body() body: ResendDeliveriesDto) {
    return { data: await this.resending.resend(caller, body) };
  }

  /**
   * Shows one delivery attempt with its request and response.
   *
   * @remarks
   * The receiver wrote the response: treat it as untrusted text. The record has at most 16 KiB of its body.
   */
  @Get('deliveries/:id')
  @ApiData(DeliveryRecordDetailDto, { name: 'DeliveryRecordResponse', description: 'The record.' })
  @ApiErrors('NOT_FOUND')
  async getDelivery(@CurrentCaller() caller: Caller, @PathParameter('id') id: string) {
    return { data: await this.service.get(caller, id) };
  }

  /**
   * Queues the same event to the same webhook once more.
   *
   * @remarks
   * The receiver gets the event with the same `webhook-id`. The retry schedule begins again.
   */
  @Post('deliveries/:id/resend')
  @ApiData(DeliveryDto, { name: 'DeliveryResponse', status: 202, description: 'The delivery, which is pending again.' })
  @ApiErrors('NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async resendDelivery(@CurrentCaller() caller: Caller, @PathParameter('id') id: string) {
    return { data: await this.service.resend(caller, id) };
  }

  /**
   * Shows statistics of the attempts of all webhooks of the caller.
   *
   * @remarks
   * The response has the number of attempts, their success rate and their durations, in total and by hour, and the present
   * backlog. Attempts of deleted webhooks count. With the scope `admin`, `userId` shows the statistics of another user.
   */
  @Get('stats')
  @ApiData(WebhookStatsDto, { name: 'WebhookStatsResponse', description: 'The statistics.' })
  @ApiErrors()
  async getStats(@CurrentCaller() caller: Caller, @Query() query: UserStatsQueryDto) {
    return { data: await this.statistics.ofUser(caller, query) };
  }

  /**
   * Shows statistics of a webhook's attempts.
   *
   * @remarks
   * The response has the number of attempts, their success rate and their durations, in total and by hour, and the present
   * backlog.
   */
  @Get(':id/stats')
  @ApiData(WebhookStatsDto, { name: 'WebhookStatsResponse', description: 'The statistics.' })
  @ApiErrors('NOT_FOUND')
  async getWebhookStats(
    @CurrentCaller() caller: Caller,
    @PathParameter('id') id: string,
    @Query() { since }: WebhookStatsQueryDto,
  ) {
    return { data: await this.service.stats(caller, id, since) };
  }
}
