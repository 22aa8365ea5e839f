import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { webhookIdOf } from '../common/ids.js';
import { Batcher, upTo } from '../common/batcher.js';
import { isTimeout, isUnavailable, isWorthRetrying } from '../database/prisma-errors.js';
import { STATEMENT_BATCHES } from '../database/statement-batches.js';
import type { SettledAttempt, StoppedWebhook } from '../queue/outbox.types.js';
import { OutboxService } from '../queue/outbox.service.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { WebhookInvalidatedEvent } from '../webhooks/webhook-invalidated.event.js';
import { WebhookDisabled } from '../webhooks/life-cycle.events.js';
import { AttemptsSettledEvent } from './attempts-settled.event.js';

const MAX_BATCH = 500;
/** How long more attempts gather after a batch. An attempt keeps its slot for this time. No request waits for it. */
const LINGER_MS = 16;
/** A batch of this size does not wait for more attempts. It is a quarter of the default slots. */
const ENOUGH = 64;
/** The first and the longest delay before settling is tried again. The delay doubles each time. */
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 1_000;

/**
 * Settles attempts in batches, and reports the webhooks that they stopped.
 *
 * Invariant: an attempt is completed when it is settled, or when the database refuses it for good.
 */
@Injectable()
export class Completer {
  private readonly logger = new Logger(Completer.name);
  /** Halved after a batch that reaches its time limit, else doubled. Written by `settleBatch`; read by the batcher. */
  private maxBatch = MAX_BATCH;
  private readonly batcher = new Batcher<SettledAttempt, void>(
    (attempts) => this.settleBatch(attempts),
    () => upTo(this.maxBatch)(),
    { ...STATEMENT_BATCHES, lingerMs: LINGER_MS, enough: ENOUGH },
  );

  constructor(
    private readonly outbox: OutboxService,
    private readonly emitter: ServiceEmitter,
  ) {}

  /**
   * Resolves when the attempt is settled, or refused because its lease was lost. Never rejects.
   *
   * The delivery of an attempt that is not settled is sent again when its lease ends. Settling is therefore tried until the database
   * accepts it. Only an error about the attempt's own values ends the tries: the delivery is due again after its lease.
   */
  async settle(attempt: SettledAttempt): Promise<void> {
    let isSuspect = false;
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS)) {
      try {
        // A suspect is settled alone: in a batch it would make other attempts fail.
        await (isSuspect ? this.settleBatch([attempt]) : this.batcher.add(attempt));
        return;
      } catch (err) {
        if (!isWorthRetrying(err)) {
          this.logger.error({ err, delivery: attempt.delivery.id }, 'An attempt could not be recorded');
          return;
        }
        if (!isSuspect && !isUnavailable(err)) {
          this.logger.error(
            { err, delivery: attempt.delivery.id },
            'An attempt is not recorded yet. The process tries again',
          );
          isSuspect = true;
        }
        await delay(retryMs);
      }
    }
  }

  private async settleBatch(attempts: SettledAttempt[]): Promise<void[]> {
    const { refused, stopped } = await this.outbox.settle(attempts).catch((error: unknown) => {
      if (isTimeout(error)) this.maxBatch = Math.max(1, Math.floor(attempts.length / 2));
      if (isUnavailable(error)) {
        this.logger.warn(`${attempts.length} attempts are not recorded yet: the database does not answer`);
      }
      throw error;
    });
    this.maxBatch = Math.min(2 * this.maxBatch, MAX_BATCH);
    const settled: SettledAttempt[] = [];
    for (const attempt of attempts) {
      if (!refused.has(attempt.id)) settled.push(attempt);
      else this.logger.warn(`Delivery ${attempt.delivery.id}: the lease was lost before its attempt was recorded`);
    }
    for (const webhook of stopped) this.reportStopped(webhook);
    if (settled.length > 0) this.emitter.emit(AttemptsSettledEvent.eventName, new AttemptsSettledEvent(settled));
    return [];
  }

  /** Logs a stopped webhook, and invalidates it in this process now: the notification arrives later. */
  private reportStopped({ webhookUuid, failures, disabled }: StoppedWebhook): void {
    const id = webhookIdOf(webhookUuid);
    if (disabled !== null) {
      this.logger.warn(`${id} is disabled: ${disabled.reason}`);
    } else if (failures !== null) {
      this.logger.warn(`${id} failed ${failures} times in a row: the breaker pauses its deliveries`);
    }
    this.emitter.emit(WebhookInvalidatedEvent.eventName, new WebhookInvalidatedEvent(webhookUuid));
    if (disabled !== null) this.emitter.emit(WebhookDisabled.eventName, disabled);
  }
}
