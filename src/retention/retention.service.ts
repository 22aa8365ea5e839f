import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { RecurringJobs } from '../runtime/recurring-jobs.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { WebhooksService } from '../webhooks/webhooks.service.js';
import { FIRST_EVENT, RETENTION_BATCH, RetentionRepository } from './retention.repository.js';
import { REMOVED_KINDS, RowsRemovedEvent, type RemovedRows } from './rows-removed.event.js';

const DAY_MS = 86_400_000;
const INTERVAL_MS = 600_000;
/** The first run is early, because a process may end before the second. Its time is random, because processes start together. */
const FIRST_RUN_EARLIEST_MS = 1_000;
export const FIRST_RUN_LATEST_MS = 10_000;

/**
 * Removes old rows in small batches. Events, deliveries, attempts, idempotency keys and recoveries are removed when they are
 * older than `RETENTION_DAYS`, API keys when they ended that long ago. Signing secrets are removed when they no longer sign.
 */
@Injectable()
export class RetentionService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RetentionService.name);
  private firstRun: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopping = false;

  constructor(
    private readonly repository: RetentionRepository,
    private readonly webhooks: WebhooksService,
    private readonly config: AppConfig,
    private readonly emitter: ServiceEmitter,
    jobs: RecurringJobs,
  ) {
    jobs.every(INTERVAL_MS, 'retention', () => this.removeExpired());
  }

  onApplicationBootstrap(): void {
    const wait = FIRST_RUN_EARLIEST_MS + Math.random() * (FIRST_RUN_LATEST_MS - FIRST_RUN_EARLIEST_MS);
    this.firstRun = setTimeout(() => void this.removeExpired(), wait).unref();
  }

  /** Removes all expired rows. A call during a run waits for that run and starts no other. */
  removeExpired(): Promise<void> {
    this.running ??= this.remove().finally(() => (this.running = undefined));
    return this.running;
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.firstRun);
    this.stopping = true;
    await this.running;
  }

  private async remove(): Promise<void> {
    const started = performance.now();
    const before = new Date(Date.now() - this.config.retentionDays * DAY_MS);
    const rows: RemovedRows = {
      attempts: 0,
      events: 0,
      deliveries: 0,
      idempotency_keys: 0,
      recoveries: 0,
      api_keys: 0,
    };
    try {
      await this.removeAll('attempts', rows, () => this.repository.deleteAttempts(before));
      await this.removeEvents(rows, before);
      await this.removeAll('idempotency_keys', rows, () => this.repository.deleteIdempotencyKeys(before));
      await this.removeAll('recoveries', rows, () => this.repository.deleteRecoveries(before));
      await this.removeAll('api_keys', rows, () => this.repository.deleteApiKeys(before));
      await this.webhooks.forgetExpiredSecrets();
    } catch (error) {
      this.logger.warn(`Retention stopped and continues later: ${(error as Error).message}`);
    } finally {
      this.report(rows, performance.now() - started);
    }
  }

  private async removeAll(kind: keyof RemovedRows, rows: RemovedRows, batch: () => Promise<number>): Promise<void> {
    for (let removed = RETENTION_BATCH; removed === RETENTION_BATCH && !this.stopping;) {
      removed = await batch();
      rows[kind] += removed;
    }
  }

  private async removeEvents(rows: RemovedRows, before: Date): Promise<void> {
    for (let cursor: string | null = FIRST_EVENT; cursor !== null && !this.stopping;) {
      const removed = await this.repository.deleteEvents(before, cursor);
      rows.events += removed.events;
      rows.deliveries += removed.deliveries;
      cursor = removed.last;
    }
  }

  private report(rows: RemovedRows, durationMs: number): void {
    const counts = REMOVED_KINDS.filter((kind) => rows[kind] > 0).map((kind) => `${rows[kind]} ${kind}`);
    if (counts.length === 0) return;
    this.emitter.emit(RowsRemovedEvent.eventName, new RowsRemovedEvent(rows));
    this.logger.log(
      `Removed ${counts.join(', ')} older than ${this.config.retentionDays} days in ${Math.round(durationMs)} ms`,
    );
  }
}
