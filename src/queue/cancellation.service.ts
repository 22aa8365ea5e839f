import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { RecurringJobs } from '../runtime/recurring-jobs.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { WebhookDeletingEvent } from '../webhooks/webhook-deleting.event.js';
import { LEASE_GRACE_MS } from './claim-limits.js';
import { OutboxService } from './outbox.service.js';

const ORPHAN_SWEEP_MS = 60_000;
const CANCEL_RETRY_MS = 20;

/** Cancels the deliveries of deleted webhooks. */
@Injectable()
export class CancellationService {
  private readonly logger = new Logger(CancellationService.name);

  constructor(
    private readonly outbox: OutboxService,
    private readonly config: AppConfig,
    emitter: ServiceEmitter,
    jobs: RecurringJobs,
  ) {
    emitter.listen(WebhookDeletingEvent, (event) => this.cancelDeliveries(event));
    jobs.every(ORPHAN_SWEEP_MS, 'deliveries of deleted webhooks', () => this.cancelOrphans());
  }

  /** Resolves when no process has an attempt in flight for the webhook. The longest lease bounds the wait. */
  private async cancelDeliveries({ webhookUuid }: WebhookDeletingEvent): Promise<void> {
    const end = Date.now() + this.config.deliveryTimeoutMs + LEASE_GRACE_MS;
    while ((await this.cancel([webhookUuid])) > 0 && Date.now() < end) await delay(CANCEL_RETRY_MS);
  }

  /** Cancels deliveries that are still pending after a crash or an error between deleting and cancelling. */
  private async cancelOrphans(): Promise<void> {
    await this.cancel(await this.outbox.findOrphans().catch(() => []));
  }

  /**
   * Logs an error instead of throwing it. The deliveries then stay pending until the next sweep. This is harmless, because no
   * claim finds deliveries of a deleted webhook.
   *
   * @returns the number of deliveries under a lease
   */
  private async cancel(webhookUuids: string[]): Promise<number> {
    let leased = 0;
    try {
      for (const webhookUuid of webhookUuids) leased += await this.outbox.cancelByWebhook(webhookUuid);
    } catch (error) {
      this.logger.warn(`Deliveries of deleted webhooks are cancelled later: ${(error as Error).message}`);
    }
    return leased;
  }
}
