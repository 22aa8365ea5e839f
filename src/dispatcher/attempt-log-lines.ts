import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { webhookIdOf } from '../common/ids.js';
import { traceIdOf } from '../common/traceparent.js';
import type { SettledAttempt } from '../queue/outbox.types.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { AttemptsSettledEvent } from './attempts-settled.event.js';

/** A webhook has at most this many lines per outcome in a period. */
const MAX_LINES = 5;
const PERIOD_MS = 1_000;
/** A webhook has at most one warning in this time. */
const WARNING_INTERVAL_MS = 60_000;
/** The limit of remembered webhooks: about 2 MiB. If more webhooks fail in a minute, some have two warnings. */
const MAX_REMEMBERED = 10_000;

const OUTCOMES = ['success', 'failed', 'cancelled'] as const;
type Outcome = (typeof OUTCOMES)[number];

/** The lines of a webhook. The counts are those of the current period. */
interface WebhookLines {
  /** The time of the last warning. */
  warnedAt: number;
  periodEnd: number;
  written: Record<Outcome, number>;
  suppressed: Record<Outcome, number>;
}

/**
 * Logs each recorded attempt with its outcome. `Completer` logs the attempts whose leases were lost.
 *
 * Under load, a webhook has at most five lines per outcome and second. The end of the second has one line with the number of
 * suppressed lines. Successes therefore never hide a failure, nor failures the first success. A failed attempt is a warning if
 * the webhook had none for a minute. The log of deliveries has every attempt.
 */
@Injectable()
export class AttemptLogLines implements OnApplicationShutdown {
  private readonly logger = new Logger('Deliveries');
  /** By uuid. The webhook that was added first is first. */
  private readonly webhooks = new Map<string, WebhookLines>();
  /** The webhooks with suppressed lines. */
  private readonly suppressing = new Map<string, WebhookLines>();
  /** Ends the period of the webhooks in `suppressing`. */
  private timer: NodeJS.Timeout | undefined;

  constructor(emitter: ServiceEmitter) {
    emitter.listen(AttemptsSettledEvent, (event) => this.log(event));
  }

  onApplicationShutdown(): void {
    this.countSuppressed();
  }

  private log({ attempts }: AttemptsSettledEvent): void {
    const now = Date.now();
    for (const attempt of attempts) {
      const lines = this.linesOf(attempt.delivery.webhookUuid, now);
      const outcome = outcomeOf(attempt);
      if (outcome === 'failed' && now - lines.warnedAt >= WARNING_INTERVAL_MS) {
        lines.warnedAt = now;
        lines.written.failed += 1;
        this.logger.warn(fieldsOf(attempt, outcome, now), TEXTS.failed);
      } else if (lines.written[outcome] < MAX_LINES) {
        lines.written[outcome] += 1;
        this.logger.log(fieldsOf(attempt, outcome, now), TEXTS[outcome]);
      } else {
        this.suppress(attempt.delivery.webhookUuid, lines, outcome);
      }
    }
  }

  /** The lines of a webhook, in the period of `now`. */
  private linesOf(webhookUuid: string, now: number): WebhookLines {
    let lines = this.webhooks.get(webhookUuid);
    if (lines === undefined) {
      lines = { warnedAt: -Infinity, periodEnd: now + PERIOD_MS, written: noLines(), suppressed: noLines() };
      this.webhooks.set(webhookUuid, lines);
      if (this.webhooks.size > MAX_REMEMBERED) this.webhooks.delete(this.webhooks.keys().next().value!);
    } else if (now >= lines.periodEnd) {
      lines.periodEnd = now + PERIOD_MS;
      for (const outcome of OUTCOMES) lines.written[outcome] = 0;
    }
    return lines;
  }

  private suppress(webhookUuid: string, lines: WebhookLines, outcome: Outcome): void {
    lines.suppressed[outcome] += 1;
    this.suppressing.set(webhookUuid, lines);
    this.timer ??= setTimeout(() => this.countSuppressed(), PERIOD_MS).unref();
  }

  private countSuppressed(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const [webhookUuid, lines] of this.suppressing) {
      this.logger.log(
        { webhookId: webhookIdOf(webhookUuid), ...lines.suppressed },
        'Attempts without a line of their own',
      );
      lines.suppressed = noLines();
    }
    this.suppressing.clear();
  }
}

const TEXTS: Record<Outcome, string> = {
  success: 'Delivered',
  failed: 'An attempt failed',
  cancelled: 'An attempt was cancelled',
};

function noLines(): Record<Outcome, number> {
  return { success: 0, failed: 0, cancelled: 0 };
}

function outcomeOf({ outcome, settlement }: SettledAttempt): Outcome {
  // A cancelled delivery is no failure: the deletion of its webhook ended the attempt.
  if (settlement.state === 'cancelled') return 'cancelled';
  return outcome.error === null ? 'success' : 'failed';
}

/** Neither the URL nor headers: they may contain secrets. */
function fieldsOf({ delivery, outcome, settlement }: SettledAttempt, name: Outcome, now: number): object {
  const { webhookUuid, userId, id, eventType, attempts, traceparent } = delivery;
  const { nextDelayMs } = settlement;
  return {
    webhookId: webhookIdOf(webhookUuid),
    userId,
    event: eventType,
    deliveryId: id,
    attempt: attempts + 1,
    outcome: name,
    httpStatus: outcome.response?.status ?? null,
    error: outcome.error,
    durationMs: outcome.durationMs,
    nextAttemptAt: nextDelayMs === null ? null : new Date(now + nextDelayMs).toISOString(),
    ...(traceparent === null ? {} : { traceId: traceIdOf(traceparent) }),
  };
}
