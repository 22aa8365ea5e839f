import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { isUnavailable } from '../database/prisma-errors.js';
import { OutboxRepository, type SettledAttempt } from '../deliveries/outbox.repository.js';
import { AttemptsSettledEvent } from './attempts-settled.event.js';

const MAX_BATCH = 500;
const RETRY_MS = 250;

interface Waiting {
  attempt: SettledAttempt;
  done: () => void;
}

/**
 * Records attempts in batches: while one batch is being written the next one gathers, so that a busy dispatcher writes
 * large batches and an idle one writes at once.
 */
@Injectable()
export class SettlementBatcher {
  private readonly logger = new Logger(SettlementBatcher.name);
  private waiting: Waiting[] = [];
  private writing = false;

  constructor(
    private readonly outbox: OutboxRepository,
    private readonly emitter: EventEmitter2,
  ) {}

  /** Resolves when the attempt is recorded, or refused because its lease had been lost. Never rejects. */
  settle(attempt: SettledAttempt): Promise<void> {
    return new Promise((done) => {
      this.waiting.push({ attempt, done });
      if (!this.writing) void this.write();
    });
  }

  private async write(): Promise<void> {
    this.writing = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MAX_BATCH);
      await this.record(batch.map(({ attempt }) => attempt));
      for (const { done } of batch) done();
    }
    this.writing = false;
  }

  /** Tries until the database answers: an attempt that is not recorded would be made again when its lease ends. */
  private async record(attempts: SettledAttempt[]): Promise<void> {
    for (;;) {
      try {
        const recorded = await this.outbox.settle(attempts);
        for (const { id, delivery } of attempts) {
          if (!recorded.has(id)) {
            this.logger.warn(`Delivery ${delivery.id}: the lease was lost before its attempt was recorded`);
          }
        }
        this.emitter.emit(AttemptsSettledEvent.eventName, new AttemptsSettledEvent(attempts));
        return;
      } catch (error) {
        if (isUnavailable(error)) {
          this.logger.warn(`${attempts.length} attempts wait for the database to be recorded`);
          await delay(RETRY_MS);
        } else if (attempts.length > 1) {
          // One of them can't be written: the others must not wait for it.
          for (const attempt of attempts) await this.record([attempt]);
          return;
        } else {
          this.logger.error({ err: error, delivery: attempts[0]?.delivery.id }, 'An attempt could not be recorded');
          return;
        }
      }
    }
  }
}
