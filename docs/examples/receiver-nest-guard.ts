import { Body, Controller, Headers, HttpCode, Post, type Type, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { webhookGuard, type WebhookEvent } from 'docmap-webhooks/verify';

/** Yours: stores the event unless it has one with this id; see "Drop repeats". */
export abstract class Inbox {
  abstract keep(id: string, event: WebhookEvent): Promise<void>;
}

@Controller('webhooks/docmap')
export class DocMapController {
  constructor(private readonly inbox: Inbox) {}

  @Post()
  @HttpCode(204)
  // A function, because the environment is read before the first request, not when the class is defined.
  @UseGuards(webhookGuard(() => process.env.DOCMAP_WEBHOOK_SECRET))
  async receive(@Headers('webhook-id') id: string, @Body() event: WebhookEvent): Promise<void> {
    await this.inbox.keep(id, event);
  }
}

/** @param module the root module, with the controller and the inbox */
export async function createApp(module: Type): Promise<NestExpressApplication> {
  // The guard verifies `request.rawBody`.
  const app = await NestFactory.create<NestExpressApplication>(module, { rawBody: true });
  app.useBodyParser('json', { limit: '1mb' });
  return app;
}
