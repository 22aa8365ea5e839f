import { Injectable, Logger } from '@nestjs/common';
import { webhookIdOf } from '../common/ids.js';
import type { SettledAttempt } from '../queue/outbox.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { AttemptsSettledEvent } from './attempts-settled.event.js';

/** The log has at most one line per webhook in this time. */
const QUIET_MS = 60_000;
/** The limit of remembered webhooks: about 1 MiB. If more webhooks fail in a minute, some have two lines. */
const MAX_REMEMBERED = 10_000;

/** Logs failed attempts, at most one line per webhook and minute. The log of deliveries has every attempt. */
@Injectable()
export class FailureLog {
  private readonly logger = new Logger('Deliveries');
  /** The time of each webhook's last line, by its uuid. The oldest line is first. */
  private readonly lastLines = new Map<string, number>();

  constructor(emitter: ServiceEmitter) {
    emitter.listen(AttemptsSettledEvent, (event) => this.log(event));
  }

  private log({ attempts }: AttemptsSettledEvent): void {
    const now = Date.now();
    for (const attempt of attempts) {
      // A cancelled delivery is no failure: the deletion of its webhook ended the attempt.
      const failed = attempt.outcome.error !== null && attempt.settlement.state !== 'cancelled';
      if (failed && this.isDue(attempt.delivery.webhookUuid, now)) this.write(attempt, now);
    }
  }

  private isDue(webhookUuid: string, now: number): boolean {
    if (now - (this.lastLines.get(webhookUuid) ?? -Infinity) < QUIET_MS) return false;
    this.lastLines.delete(webhookUuid);
    this.lastLines.set(webhookUuid, now);
    if (this.lastLines.size > MAX_REMEMBERED) this.lastLines.delete(this.lastLines.keys().next().value!);
    return true;
  }

  private write({ delivery, outcome, settlement }: SettledAttempt, now: number): void {
    const { webhookUuid, id, eventType, attempts } = delivery;
    const { nextDelayMs } = settlement;
    this.logger.warn(
      {
        webhookId: webhookIdOf(webhookUuid),
        event: eventType,
        deliveryId: id,
        attempt: attempts + 1,
        httpStatus: outcome.response?.status ?? null,
        error: outcome.error,
        nextAttemptAt: nextDelayMs === null ? null : new Date(now + nextDelayMs).toISOString(),
      },
      'An attempt failed',
    );
  }
}
