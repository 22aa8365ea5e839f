import { Body, Controller, Delete, Get, Param, Patch, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Caller } from '../auth/auth.decorators.js';
import type { Caller as CallerOf } from '../auth/caller.js';
import { ApiData, ApiErrors, ApiSuccess } from '../common/api-docs.js';
import { WebhookLimitGuard } from './webhook-limit.guard.js';
import {
  CreateWebhookDto,
  ListWebhooksDto,
  RotateSecretDto,
  UpdateWebhookDto,
  WebhookDto,
  WebhookWithSecretDto,
} from './webhooks.dto.js';
import { WebhooksService } from './webhooks.service.js';

@ApiTags('Webhooks')
@ApiBearerAuth()
@Controller('v1/webhooks')
export class WebhooksController {
  constructor(private readonly service: WebhooksService) {}

  /**
   * Registers a webhook URL that receives a POST request when an extraction event happens.
   * Each user has at most ten active webhooks. The signing secret is returned only here: store it at once.
   */
  @Post()
  @UseGuards(WebhookLimitGuard)
  @ApiData(WebhookWithSecretDto, { description: 'The signing secret, shown only here, and the webhook.' })
  @ApiErrors('VALIDATION_ERROR', 'MAX_WEBHOOKS_REACHED', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async create(@Caller() caller: CallerOf, @Body() body: CreateWebhookDto) {
    return { data: await this.service.create(caller, body) };
  }

  /** Lists the caller's webhooks, newest first; only active ones unless asked otherwise. Never shows a secret. */
  @Get()
  @ApiData(WebhookDto, { isArray: true, description: 'The webhooks.' })
  @ApiErrors('VALIDATION_ERROR')
  async list(@Caller() caller: CallerOf, @Query() query: ListWebhooksDto) {
    return { data: await this.service.list(caller, query) };
  }

  /** Shows one webhook. */
  @Get(':id')
  @ApiData(WebhookDto, { description: 'The webhook.' })
  @ApiErrors('NOT_FOUND')
  async get(@Caller() caller: CallerOf, @Param('id') id: string) {
    return { data: await this.service.get(caller, id) };
  }

  /** Changes a webhook. Making it active again counts against the limit of ten. */
  @Patch(':id')
  @ApiData(WebhookDto, { description: 'The webhook as it is now.' })
  @ApiErrors('VALIDATION_ERROR', 'MAX_WEBHOOKS_REACHED', 'NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async update(@Caller() caller: CallerOf, @Param('id') id: string, @Body() body: UpdateWebhookDto) {
    return { data: await this.service.update(caller, id, body) };
  }

  /** Deletes a webhook at once and for good. What was queued for it is never sent; its log stays until retention. */
  @Delete(':id')
  @ApiSuccess('The webhook is deleted.')
  @ApiErrors('NOT_FOUND')
  async delete(@Caller() caller: CallerOf, @Param('id') id: string) {
    await this.service.delete(caller, id);
    return { success: true };
  }

  /** Gives the webhook a new signing secret. During the overlap, requests carry a signature of both secrets. */
  @Post(':id/rotate-secret')
  @ApiData(WebhookWithSecretDto, { description: 'The new signing secret, shown only here, and the webhook.' })
  @ApiErrors('VALIDATION_ERROR', 'NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async rotateSecret(@Caller() caller: CallerOf, @Param('id') id: string, @Body() body: RotateSecretDto) {
    return { data: await this.service.rotateSecret(caller, id, body) };
  }
}
