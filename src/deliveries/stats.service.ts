import { Injectable } from '@nestjs/common';
import { checkCaller, userOf, type Caller } from '../auth/caller.js';
import { StrictValidationPipe } from '../common/strict-validation.pipe.js';
import { timeOf } from '../common/timestamp.js';
import { WebhooksService } from '../webhooks/webhooks.service.js';
import { BacklogService } from './backlog.service.js';
import type { AttemptStatistics } from './attempt-counts.js';
import { DeliveriesRepository } from './deliveries.repository.js';
import type { AttemptsOf } from './statistics.statement.js';
import {
  UserStatsQueryDto,
  WebhookStatsQueryDto,
  type AttemptStatsDto,
  type WebhookStatsDto,
} from './webhook-stats.dto.js';

const DAY_MS = 86_400_000;

/** Computes statistics of attempts from the log and its summaries, and adds the present backlog. */
@Injectable()
export class StatsService {
  constructor(
    private readonly repository: DeliveriesRepository,
    private readonly webhooks: WebhooksService,
    private readonly backlog: BacklogService,
    private readonly validation: StrictValidationPipe,
  ) {}

  /**
   * Statistics of one webhook.
   *
   * @throws DomainError `VALIDATION_ERROR`, `NOT_FOUND` or `FORBIDDEN`
   */
  async ofWebhook(caller: Caller, publicId: string, query: WebhookStatsQueryDto): Promise<WebhookStatsDto> {
    const { since } = await this.validation.checked(WebhookStatsQueryDto, query);
    const { id: webhookUuid, userId } = await this.webhooks.owned(caller, publicId);
    return this.of({ userId, webhookUuid }, since);
  }

  /**
   * Statistics of all webhooks of a user, by default of the caller's. Attempts of deleted webhooks count.
   *
   * @throws DomainError `VALIDATION_ERROR` or `FORBIDDEN`
   */
  async ofUser(caller: Caller, query: UserStatsQueryDto): Promise<WebhookStatsDto> {
    checkCaller(caller);
    const { since, userId } = await this.validation.checked(UserStatsQueryDto, query);
    return this.of({ userId: userOf(caller, userId) }, since);
  }

  private async of(whose: AttemptsOf, since: string | undefined): Promise<WebhookStatsDto> {
    const from = (since === undefined ? undefined : timeOf(since)) ?? new Date(Date.now() - DAY_MS);
    const [{ total, hours }, backlog] = await Promise.all([
      this.repository.statistics(whose, from),
      this.backlog.totals(whose),
    ]);
    return {
      since: from,
      ...toStats(total),
      hours: hours.map(({ hour, ...statistics }) => ({ hour, ...toStats(statistics) })),
      backlog,
    };
  }
}

function toStats({ attempts, succeeded, p50, p95, p99 }: AttemptStatistics): AttemptStatsDto {
  return {
    attempts,
    succeeded,
    failed: attempts - succeeded,
    successRate: attempts === 0 ? null : succeeded / attempts,
    durationMs: { p50, p95, p99 },
  };
}
