import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { webhookIdOf } from '../common/ids.js';
import { Batcher, upTo } from '../database/batcher.js';
import { isUnavailable } from '../database/prisma-errors.js';
import type { Settled, SettledAttempt, StoppedWebhook } from '../deliveries/outbox.js';
import { OutboxRepository } from '../deliveries/outbox.repository.js';
import { WebhookChangedEvent } from '../webhooks/webhook-changed.event.js';
import { AttemptsSettledEvent } from './attempts-settled.event.js';

const MAX_BATCH = 500;
/** An attempt that is recorded this much later keeps its slot so much longer, and nobody waits for it. */
const LINGER_MS = 16;
/** So many are not worth waiting for more, a quarter of the slots that there are by default. */
const ENOUGH = 64;
const RETRY_MS = 250;

/** Records attempts, in batches when there are many. */
@Injectable()
export class SettlementBatcher {
  private readonly logger = new Logger(SettlementBatcher.name);
  private readonly batcher = new Batcher<SettledAttempt, void>((attempts) => this.record(attempts), upTo(MAX_BATCH), {
    lingerMs: LINGER_MS,
    enough: ENOUGH,
  });

  constructor(
    private readonly outbox: OutboxRepository,
    private readonly emitter: EventEmitter2,
  ) {}

  /** Resolves when the attempt is recorded, or refused because its lease had been lost. Never rejects. */
  settle(attempt: SettledAttempt): Promise<void> {
    return this.batcher.add(attempt).catch((err: unknown) => {
      this.logger.error({ err, delivery: attempt.delivery.id }, 'An attempt could not be recorded');
    });
  }

  private async record(attempts: SettledAttempt[]): Promise<void[]> {
    const { refused, stopped } = await this.untilAvailable(attempts);
    for (const { id, delivery } of attempts) {
      if (refused.has(id)) {
        this.logger.warn(`Delivery ${delivery.id}: the lease was lost before its attempt was recorded`);
      }
    }
    for (const webhook of stopped) this.announce(webhook);
    this.emitter.emit(AttemptsSettledEvent.eventName, new AttemptsSettledEvent(attempts));
    return [];
  }

  /** Has this process hand back what waits for the webhook now: the notification arrives later. */
  private announce({ webhookUuid, failures, disabledReason }: StoppedWebhook): void {
    const id = webhookIdOf(webhookUuid);
    if (disabledReason !== null) {
      this.logger.warn(`${id} is disabled: ${disabledReason}`);
    } else if (failures !== null) {
      this.logger.warn(`${id} failed ${failures} times in a row: its deliveries wait for a while`);
    }
    this.emitter.emit(WebhookChangedEvent.eventName, new WebhookChangedEvent(webhookUuid));
  }

  /** Tries until the database answers: an attempt that is not recorded would be made again when its lease ends. */
  private async untilAvailable(attempts: SettledAttempt[]): Promise<Settled> {
    for (;;) {
      try {
        return await this.outbox.settle(attempts);
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        this.logger.warn(`${attempts.length} attempts wait for the database to be recorded`);
        await delay(RETRY_MS);
      }
    }
  }
}
