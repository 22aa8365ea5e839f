import type { IncomingMessage } from 'node:http';
import {
  Controller,
  HttpCode,
  Inject,
  Post,
  type RawBodyRequest,
  Req,
  type Type,
  UnauthorizedException,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { verify, WebhookVerificationError } from './verify-with-library.js';

/** Yours: stores the event unless it has one with this id; see "Drop repeats". */
export abstract class Inbox {
  abstract keep(id: string, event: unknown): Promise<void>;
}

@Controller('webhooks/docmap')
export class DocMapController {
  constructor(
    private readonly inbox: Inbox,
    @Inject('DOCMAP_WEBHOOK_SECRET') private readonly secret: string,
  ) {}

  @Post()
  @HttpCode(204)
  async receive(@Req() request: RawBodyRequest<IncomingMessage>): Promise<void> {
    let event: unknown;
    try {
      event = verify(request.rawBody ?? Buffer.alloc(0), request.headers, this.secret); // not @Body()
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error; // Your secret is missing: Nest answers 500.
      throw new UnauthorizedException();
    }
    await this.inbox.keep(String(request.headers['webhook-id']), event);
  }
}

/** @param module the root module, with the controller and both providers */
export async function createApp(module: Type): Promise<NestExpressApplication> {
  // Keeps the bytes in `request.rawBody`, next to the parsed body.
  const app = await NestFactory.create<NestExpressApplication>(module, { rawBody: true });
  app.useBodyParser('json', { limit: '1mb' });
  return app;
}
