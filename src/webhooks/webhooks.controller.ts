import { Body, Delete, Get, Patch, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ApiController } from '../auth/api-controller.js';
import { PathParameter } from '../runtime/path-parameter.js';
import { CurrentCaller } from '../auth/auth.decorators.js';
import type { Caller } from '../auth/caller.js';
import { ApiData, ApiErrors, ApiJsonBody, ApiSuccess } from '../common/api-docs.js';
import { WebhookLimitGuard } from './webhook-limit.guard.js';
import {
  CreateWebhookDto,
  DEFAULT_OVERLAP_SECONDS,
  ListWebhooksDto,
  RotateSecretDto,
  UpdateWebhookDto,
  WebhookDto,
  WebhookWithSecretDto,
} from './webhooks.dto.js';
import { WebhooksService } from './webhooks.service.js';

const WEBHOOK_EXAMPLE = {
  id: 'webhook-9f86d081884c7d659a2feaa0c55ad015',
  userId: 'uid_a1b2c3d4e5f6',
  url: 'https://your-app.com/webhooks/docmap',
  events: ['extraction.completed', 'extraction.failed'],
  active: true,
  createdAt: '2025-01-15T10:00:00.000Z',
  description: null,
  disabledReason: null,
  disabledAt: null,
  updatedAt: '2025-01-15T10:00:00.000Z',
  metadata: {},
};
const CREATED_WEBHOOK_EXAMPLE = {
  secret: 'a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2',
  webhook: WEBHOOK_EXAMPLE,
};

@ApiTags('Webhooks')
@ApiBearerAuth()
@ApiController('webhooks')
export class WebhooksController {
  constructor(private readonly service: WebhooksService) {}

  /**
   * Registers a webhook.
   *
   * @remarks
   * Its URL receives a POST request when an extraction event happens that it subscribes to. Each user has at most ten
   * active webhooks, and 100 of any state. The signing secret is returned only in this answer: store it at once, in a
   * safe place. It is what signatures are verified with.
   */
  @Post()
  @UseGuards(WebhookLimitGuard)
  @ApiJsonBody(CreateWebhookDto, { url: WEBHOOK_EXAMPLE.url, events: WEBHOOK_EXAMPLE.events })
  @ApiData(WebhookWithSecretDto, {
    name: 'WebhookWithSecretResponse',
    description: 'The signing secret, shown only here, and the webhook.',
    example: CREATED_WEBHOOK_EXAMPLE,
  })
  @ApiErrors('MAX_WEBHOOKS_REACHED', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async createWebhook(@CurrentCaller() caller: Caller, @Body() body: CreateWebhookDto) {
    return { data: await this.service.create(caller, body) };
  }

  /**
   * Lists the caller's webhooks, newest first.
   *
   * @remarks
   * Only active ones unless asked otherwise, at most 100. Never shows a secret.
   */
  @Get()
  @ApiData(WebhookDto, {
    name: 'WebhookPage',
    isArray: true,
    description: 'The webhooks.',
    example: [WEBHOOK_EXAMPLE],
  })
  @ApiErrors()
  async listWebhooks(@CurrentCaller() caller: Caller, @Query() query: ListWebhooksDto) {
    return { data: await this.service.list(caller, query) };
  }

  /**
   * Shows one webhook.
   *
   * @remarks
   * Active or not. Never shows a secret.
   */
  @Get(':id')
  @ApiData(WebhookDto, { name: 'WebhookResponse', description: 'The webhook.' })
  @ApiErrors('NOT_FOUND')
  async getWebhook(@CurrentCaller() caller: Caller, @PathParameter('id') id: string) {
    return { data: await this.service.get(caller, id) };
  }

  /**
   * Changes a webhook.
   *
   * @remarks
   * What is left out stays as it is. `metadata` is replaced as a whole; null and {} clear it. Making a webhook active again
   * counts against the limit of ten.
   */
  @Patch(':id')
  @ApiJsonBody(UpdateWebhookDto, { description: 'Production' }, { required: false })
  @ApiData(WebhookDto, { name: 'WebhookResponse', description: 'The webhook as it is now.' })
  @ApiErrors('MAX_WEBHOOKS_REACHED', 'NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async updateWebhook(
    @CurrentCaller() caller: Caller,
    @PathParameter('id') id: string,
    @Body() body: UpdateWebhookDto,
  ) {
    return { data: await this.service.update(caller, id, body) };
  }

  /**
   * Deletes a webhook at once and for good.
   *
   * @remarks
   * What was queued for it is never sent. Its log stays until its retention ends.
   */
  @Delete(':id')
  @ApiSuccess('The webhook is deleted.')
  @ApiErrors('NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async deleteWebhook(@CurrentCaller() caller: Caller, @PathParameter('id') id: string) {
    await this.service.delete(caller, id);
    return { success: true };
  }

  /**
   * Gives a webhook a new signing secret.
   *
   * @remarks
   * During the overlap every request carries signatures of both secrets, so that a receiver can change over without a
   * gap. The new secret is returned only in this answer.
   */
  @Post(':id/rotate-secret')
  @ApiJsonBody(RotateSecretDto, { overlapSeconds: DEFAULT_OVERLAP_SECONDS }, { required: false })
  @ApiData(WebhookWithSecretDto, {
    name: 'WebhookWithSecretResponse',
    description: 'The new signing secret, shown only here, and the webhook.',
  })
  @ApiErrors('NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async rotateWebhookSecret(
    @CurrentCaller() caller: Caller,
    @PathParameter('id') id: string,
    @Body() body: RotateSecretDto,
  ) {
    return { data: await this.service.rotateSecret(caller, id, body) };
  }
}
