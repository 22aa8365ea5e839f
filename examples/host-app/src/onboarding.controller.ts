import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { DeliveriesService, WebhooksService, type Caller } from 'docmap-webhooks';

@Controller('internal/users/:userId')
export class OnboardingController {
  constructor(
    private readonly webhooks: WebhooksService,
    private readonly deliveries: DeliveriesService,
  ) {}

  @Post('webhook')
  register(@Param('userId') userId: string, @Body('url') url: string) {
    return this.webhooks.create(callerOf(userId), { url, events: ['extraction.completed', 'extraction.failed'] });
  }

  @Get('deliveries')
  failures(@Param('userId') userId: string) {
    return this.deliveries.list(callerOf(userId), { limit: 20, status: 'failed' });
  }
}

function callerOf(userId: string): Caller {
  return { userId, keyId: 'onboarding', scopes: ['webhooks'] };
}
