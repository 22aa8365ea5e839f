import { Body, Delete, Get, Patch, Post, Query, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ApiController } from '../auth/api-controller.js';
import { PathParameter } from '../runtime/path-parameter.js';
import { CurrentCaller } from '../auth/auth.decorators.js';
import type { Caller } from '../auth/caller.js';
import { ApiData, ApiErrors, ApiJsonBody, ApiSuccess } from '../common/api-docs.js';
import { ExactAnswerInterceptor } from './exact-answer.interceptor.js';
import { WebhookLimitGuard } from './webhook-limit.guard.js';
import { WebhookDto, WebhookWithSecretDto } from './webhook.dto.js';
import {
  CreateWebhookDto,
  DEFAULT_OVERLAP_SECONDS,
  ListWebhooksDto,
  RotateSecretDto,
  UpdateWebhookDto,
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
  filter: null,
  headers: {},
  timeoutMs: null,
  retrySchedule: null,
  ordering: 'none',
  rateLimit: null,
  signature: 'hmac-sha256',
  publicKey: null,
  auth: null,
};
const CREATED_WEBHOOK_EXAMPLE = {
  secret: 'a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2',
  webhook: WEBHOOK_EXAMPLE,
};

@ApiTags('Webhooks')
@ApiBearerAuth()
@ApiController('webhooks')
@UseInterceptors(ExactAnswerInterceptor)
export class WebhooksController {
  constructor(private readonly service: WebhooksService) {}

  /**
   * Registers a webhook.
   *
   * @remarks
   * The URL of the webhook gets a POST request for each event that the webhook subscribes to. By default each user has at
   * most ten active webhooks, and 100 of any state. Receivers verify signatures with the signing secret. Only this response
   * has the secret: store it at once, in a safe place. With `signature: "ed25519"`, `secret` is null: receivers verify with
   * `publicKey`, which is in every response.
   */
  @Post()
  @UseGuards(WebhookLimitGuard)
  @ApiJsonBody(
    CreateWebhookDto,
    { url: WEBHOOK_EXAMPLE.url, events: WEBHOOK_EXAMPLE.events },
    {
      others: {
        ed25519: {
          summary: 'For a receiver that holds no secret',
          value: { url: WEBHOOK_EXAMPLE.url, events: WEBHOOK_EXAMPLE.events, signature: 'ed25519' },
        },
      },
    },
  )
  @ApiData(WebhookWithSecretDto, {
    name: 'WebhookWithSecretResponse',
    description: 'The webhook and its signing secret.',
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
   * By default the list has only active webhooks. It has at most 100 webhooks, and never a secret. With the scope `admin`,
   * `userId` lists the webhooks of another user.
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
   * The webhook may be inactive. The response never has a secret.
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
   * Fields that are left out stay as they are. `signature` may only have its present value. `metadata` is replaced as a whole: null and {} remove all keys. An activated
   * webhook counts against the limit of active webhooks.
   */
  @Patch(':id')
  @ApiJsonBody(UpdateWebhookDto, { description: 'Production' }, { required: false })
  @ApiData(WebhookDto, { name: 'WebhookResponse', description: 'The webhook after the change.' })
  @ApiErrors('MAX_WEBHOOKS_REACHED', 'NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async updateWebhook(
    @CurrentCaller() caller: Caller,
    @PathParameter('id') id: string,
    @Body() body: UpdateWebhookDto,
  ) {
    return { data: await this.service.update(caller, id, body) };
  }

  /**
   * Deletes a webhook immediately and permanently.
   *
   * @remarks
   * Queued deliveries of the webhook are never sent. The records of its attempts stay until their retention ends.
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
   * During the overlap every request has a signature of each secret, so a receiver can change to the new secret without a
   * failed request. Only this response has the new secret: store it at once, in a safe place. A webhook with Ed25519 gets a
   * new key pair: `secret` is null, and `publicKey` is the new one.
   */
  @Post(':id/rotate-secret')
  @ApiJsonBody(RotateSecretDto, { overlapSeconds: DEFAULT_OVERLAP_SECONDS }, { required: false })
  @ApiData(WebhookWithSecretDto, {
    name: 'WebhookWithSecretResponse',
    description: 'The webhook and its new signing secret.',
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
