import { Injectable } from '@nestjs/common';
import { AppConfig, ListedRetrySchedule, type RetryContext } from 'docmap-webhooks';
import { Users } from './users.module.js';

@Injectable()
export class PlanRetrySchedule extends ListedRetrySchedule {
  constructor(
    config: AppConfig,
    private readonly users: Users,
  ) {
    super(config.retrySchedule);
  }

  override delayAfter(attemptsMade: number, context: RetryContext): number | undefined {
    if (this.users.planOf(context.userId) === 'free' && attemptsMade >= 2) return undefined;
    if (context.outcome.response?.status === 404) return undefined;
    return super.delayAfter(attemptsMade, context);
  }
}
