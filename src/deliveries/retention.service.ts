import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { AppConfig } from '../config/app-config.js';
import { WebhooksService } from '../webhooks/webhooks.service.js';
import { FIRST_EVENT, RetentionRepository } from './retention.repository.js';

const DAY_MS = 86_400_000;
const INTERVAL_MS = 600_000;

/**
 * Removes events, deliveries, attempts and recoveries that are older than `RETENTION_DAYS`, API keys that ended that long
 * ago, all in small batches, and signing secrets that no longer sign.
 */
@Injectable()
export class RetentionService implements BeforeApplicationShutdown {
  private readonly logger = new Logger(RetentionService.name);
  private running: Promise<void> | undefined;
  private stopping = false;

  constructor(
    private readonly repository: RetentionRepository,
    private readonly webhooks: WebhooksService,
    private readonly config: AppConfig,
  ) {}

  /** Removes all that has expired; a call while another is at work waits for that one. */
  @Interval(INTERVAL_MS)
  removeExpired(): Promise<void> {
    this.running ??= this.remove().finally(() => (this.running = undefined));
    return this.running;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  private async remove(): Promise<void> {
    const before = new Date(Date.now() - this.config.retentionDays * DAY_MS);
    try {
      while (!this.stopping && (await this.repository.deleteAttempts(before)));
      let cursor: string | undefined = FIRST_EVENT;
      while (!this.stopping && cursor !== undefined) cursor = await this.repository.deleteEvents(before, cursor);
      while (!this.stopping && (await this.repository.deleteIdempotencyKeys(before)));
      while (!this.stopping && (await this.repository.deleteRecoveries(before)));
      while (!this.stopping && (await this.repository.deleteApiKeys(before)));
      await this.webhooks.forgetExpiredSecrets();
    } catch (error) {
      this.logger.warn(`Removing what has expired goes on later: ${(error as Error).message}`);
    }
  }
}
