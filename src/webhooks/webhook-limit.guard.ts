import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { AuthenticatedRequest } from '../auth/auth.decorators.js';
import { checkLimits, maxActiveOf, WebhookLimit } from './webhook-limit.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** Refuses a webhook over a limit before its body is validated. The transaction that creates it checks the limits again. */
@Injectable()
export class WebhookLimitGuard implements CanActivate {
  constructor(
    private readonly repository: WebhooksRepository,
    private readonly limit: WebhookLimit,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { caller } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (!caller) return true;
    const maxActive = await maxActiveOf(this.limit, caller);
    checkLimits(await this.repository.count(caller.userId), maxActive);
    return true;
  }
}
