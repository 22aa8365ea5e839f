import { Injectable, Logger } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { DomainError } from '../common/domain-error.js';
import { isUuid, webhookIdOf } from '../common/ids.js';
import { timeOf } from '../common/timestamp.js';
import { unknownId } from '../common/unknown-id.js';
import { DeliveriesQueuedEvent } from '../queue/deliveries-queued.event.js';
import type { Recovery } from '../generated/prisma/client.js';
import { RecurringJobs } from '../runtime/recurring-jobs.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { WebhooksService } from '../webhooks/webhooks.service.js';
import { RecoveriesRepository } from './recoveries.repository.js';
import type { RecoverDto, RecoveryDto } from './recoveries.dto.js';

/** Longest wait of a request for its recovery. Its response has the progress at that time. */
const ANSWER_AFTER_MS = 1_000;
const RESUME_INTERVAL_MS = 5_000;

/** Queues the events that a webhook has missed, when its owner or an operator requests it. */
@Injectable()
export class RecoveriesService {
  private readonly logger = new Logger(RecoveriesService.name);

  constructor(
    private readonly webhooks: WebhooksService,
    private readonly recoveries: RecoveriesRepository,
    private readonly emitter: ServiceEmitter,
    jobs: RecurringJobs,
  ) {
    jobs.every(RESUME_INTERVAL_MS, 'recoveries', () => this.resume());
  }

  /**
   * Queues every event of a time window that the webhook has not received.
   *
   * @returns the recovery with its progress after at most about a second
   * @throws DomainError `VALIDATION_ERROR`, `NOT_FOUND` or `FORBIDDEN`
   */
  async recover(caller: Caller, publicId: string, { since, until }: RecoverDto): Promise<RecoveryDto> {
    const webhook = await this.webhooks.ownedActive(caller, publicId);
    const now = new Date();
    const from = timeOf(since);
    const asked = until === undefined ? now : timeOf(until);
    const to = asked && asked < now ? asked : now;
    if (!from || from >= to) throw new DomainError('VALIDATION_ERROR', 'since must be before until and before now');
    const recovery = await this.recoveries.create({
      userId: webhook.userId,
      webhookId: webhook.id,
      since: from,
      until: to,
    });
    await this.run(recovery, Date.now() + ANSWER_AFTER_MS);
    return toDto((await this.recoveries.find(recovery.id)) ?? recovery);
  }

  async progress(caller: Caller, publicId: string, recoveryId: string): Promise<RecoveryDto> {
    const webhook = await this.webhooks.owned(caller, publicId);
    const recovery = isUuid(recoveryId) ? await this.recoveries.find(recoveryId) : null;
    if (recovery?.webhookId !== webhook.id) throw unknownId('recovery');
    return toDto(recovery);
  }

  /** Continues recoveries that took longer than their request, or that a crash interrupted. */
  async resume(): Promise<void> {
    try {
      for (const id of await this.recoveries.findRunning()) {
        const recovery = await this.recoveries.find(id);
        if (recovery) await this.run(recovery, Infinity);
      }
    } catch (error) {
      this.logger.warn(`Recoveries failed and are tried again: ${(error as Error).message}`);
    }
  }

  private async run(recovery: Recovery, until: number): Promise<void> {
    let isRunning = true;
    while (isRunning && Date.now() < until) {
      isRunning = await this.recoveries.advance(recovery);
      this.emitter.emit(DeliveriesQueuedEvent.eventName, new DeliveriesQueuedEvent([recovery.webhookId]));
    }
  }
}

function toDto({ id, webhookId, since, until, status, queued, createdAt, completedAt }: Recovery): RecoveryDto {
  return { id, webhookId: webhookIdOf(webhookId), since, until, status, queued, createdAt, completedAt };
}
