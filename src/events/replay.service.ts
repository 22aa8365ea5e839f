import { Injectable, Logger } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { DomainError } from '../common/domain-error.js';
import { isUuid, webhookIdOf } from '../common/ids.js';
import { timeOf } from '../common/timestamp.js';
import { unknownId } from '../common/unknown-id.js';
import type { DeliveryDto } from '../deliveries/deliveries.dto.js';
import { DeliveriesQueuedEvent } from '../queue/deliveries-queued.event.js';
import { DeliveriesService } from '../deliveries/deliveries.service.js';
import { OutboxService } from '../queue/outbox.service.js';
import type { Recovery, Webhook } from '../generated/prisma/client.js';
import { RecurringJobs } from '../runtime/recurring-jobs.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { TEST_EVENT_TYPE } from '../webhooks/event-types.js';
import { WebhooksService } from '../webhooks/webhooks.service.js';
import { newEventOf } from './event-payload.js';
import { RecoveriesRepository } from './recoveries.repository.js';
import type { RecoverDto, RecoveryDto } from './replay.dto.js';

/** How long a request waits for its recovery before it is answered with the progress so far. */
const ANSWER_AFTER_MS = 1_000;
const RESUME_INTERVAL_MS = 5_000;

/** Sends to one webhook on its owner's request: a test, or again what it missed. */
@Injectable()
export class ReplayService {
  private readonly logger = new Logger(ReplayService.name);

  constructor(
    private readonly webhooks: WebhooksService,
    private readonly outbox: OutboxService,
    private readonly deliveries: DeliveriesService,
    private readonly recoveries: RecoveriesRepository,
    private readonly emitter: ServiceEmitter,
    jobs: RecurringJobs,
  ) {
    jobs.every(RESUME_INTERVAL_MS, 'recoveries', () => this.resume());
  }

  /** Queues a `webhook.test` event for this webhook alone. */
  async test(caller: Caller, webhookId: string): Promise<DeliveryDto> {
    const webhook = await this.ownedActive(caller, webhookId);
    const { eventName, exampleExtractionId, example } = TEST_EVENT_TYPE;
    const event = newEventOf(
      {
        event: eventName,
        userId: caller.userId,
        extractionId: exampleExtractionId,
        data: JSON.stringify(example),
      },
      Date.now(),
    );
    await this.outbox.enqueue([{ events: [event] }], { only: { webhookUuid: webhook.id, trigger: 'test' } });
    this.emitter.emit(DeliveriesQueuedEvent.eventName, new DeliveriesQueuedEvent([webhook.id]));
    const [delivery] = await this.deliveries.deliveriesOfEvent(event.id);
    if (!delivery) throw unknownId('webhook');
    return delivery;
  }

  /** Queues again every event of a window that the webhook has not received. */
  async recover(caller: Caller, webhookId: string, { since, until }: RecoverDto): Promise<RecoveryDto> {
    const webhook = await this.ownedActive(caller, webhookId);
    const now = new Date();
    const from = timeOf(since);
    const asked = until === undefined ? now : timeOf(until);
    const to = asked && asked < now ? asked : now;
    if (!from || from >= to) throw new DomainError('VALIDATION_ERROR', 'since must be before until and before now');
    const recovery = await this.recoveries.create({
      userId: caller.userId,
      webhookId: webhook.id,
      since: from,
      until: to,
    });
    await this.run(recovery, Date.now() + ANSWER_AFTER_MS);
    return toDto((await this.recoveries.find(recovery.id)) ?? recovery);
  }

  async progress(caller: Caller, webhookId: string, recoveryId: string): Promise<RecoveryDto> {
    const webhook = await this.webhooks.owned(caller, webhookId);
    const recovery = isUuid(recoveryId) ? await this.recoveries.find(recoveryId) : null;
    if (recovery?.webhookId !== webhook.id) throw unknownId('recovery');
    return toDto(recovery);
  }

  /** Goes on with recoveries that took longer than their request, or that a crash interrupted. */
  async resume(): Promise<void> {
    try {
      for (const id of await this.recoveries.findRunning()) {
        const recovery = await this.recoveries.find(id);
        if (recovery) await this.run(recovery, Infinity);
      }
    } catch (error) {
      this.logger.warn(`Recoveries wait: ${(error as Error).message}`);
    }
  }

  private async run(recovery: Recovery, until: number): Promise<void> {
    let isRunning = true;
    while (isRunning && Date.now() < until) {
      isRunning = await this.recoveries.advance(recovery);
      this.emitter.emit(DeliveriesQueuedEvent.eventName, new DeliveriesQueuedEvent([recovery.webhookId]));
    }
  }

  private async ownedActive(caller: Caller, webhookId: string): Promise<Webhook> {
    const webhook = await this.webhooks.owned(caller, webhookId);
    if (!webhook.active) throw new DomainError('VALIDATION_ERROR', 'The webhook is not active: activate it first.');
    return webhook;
  }
}

function toDto({ id, webhookId, since, until, status, queued, createdAt, completedAt }: Recovery): RecoveryDto {
  return { id, webhookId: webhookIdOf(webhookId), since, until, status, queued, createdAt, completedAt };
}
