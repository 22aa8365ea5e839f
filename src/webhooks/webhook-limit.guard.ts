import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { AuthenticatedRequest } from '../auth/auth.decorators.js';
import { MAX_ACTIVE_WEBHOOKS, webhookLimitReached } from './webhook-limit.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** Refuses an eleventh active webhook early. What enforces the limit under races is the transaction that creates. */
@Injectable()
export class WebhookLimitGuard implements CanActivate {
  constructor(private readonly repository: WebhooksRepository) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { caller } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (caller && (await this.repository.countActive(caller.userId)) >= MAX_ACTIVE_WEBHOOKS)
      throw webhookLimitReached();
    return true;
  }
}
