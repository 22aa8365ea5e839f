import { Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { timeOfUuidV7 } from '../common/ids.js';
import { AppConfig } from '../config/app-config.js';
import { AttemptsSettledEvent } from '../dispatcher/attempts-settled.event.js';
import { OUTCOME_CLASSES, outcomeClassOf } from '../queue/outcome-class.js';
import type { SettledAttempt } from '../queue/outbox.types.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { durationBuckets, LAG_BUCKETS } from './buckets.js';
import { MetricsRegistry } from './metrics-registry.js';

const LEAST_DURATION_MS = 5;
/** The ends of a delivery. A `pending` delivery is tried again. */
const FINAL_STATES = ['succeeded', 'exhausted', 'cancelled'] as const;

type Status = 'success' | 'failed';

/** Attempts, their durations, the delivery lag, and finished deliveries. */
@Injectable()
export class AttemptMetrics {
  private readonly attempts: Counter<'status' | 'outcome' | 'trigger'>;
  private readonly durations: Record<Status, Pick<Histogram.Internal<'status'>, 'observe'>>;
  private readonly lag: Histogram;
  private readonly finished: Counter<'state'>;

  constructor(registry: MetricsRegistry, { deliveryTimeoutMs }: AppConfig, emitter: ServiceEmitter) {
    const registers = [registry];
    this.attempts = new Counter({
      name: 'docmap_delivery_attempts_total',
      help: 'Delivery attempts recorded by this process, by outcome: a class of statuses, or a class of errors.',
      labelNames: ['status', 'outcome', 'trigger'] as const,
      registers,
    });
    const duration = new Histogram({
      name: 'docmap_delivery_attempt_duration_seconds',
      help: 'Durations of delivery attempts, up to DELIVERY_TIMEOUT_MS.',
      labelNames: ['status'] as const,
      buckets: durationBuckets(deliveryTimeoutMs, LEAST_DURATION_MS),
      registers,
    });
    this.durations = { success: duration.labels('success'), failed: duration.labels('failed') };
    this.lag = new Histogram({
      name: 'docmap_delivery_lag_seconds',
      help: 'Time from the acceptance of an event to the first attempt of each of its deliveries.',
      buckets: LAG_BUCKETS,
      registers,
    });
    this.finished = new Counter({
      name: 'docmap_deliveries_finished_total',
      help: 'Deliveries that this process sent for the last time, by their final state.',
      labelNames: ['state'] as const,
      registers,
    });
    // A series that exists from the start has a rate when its first failure occurs.
    for (const outcome of OUTCOME_CLASSES)
      this.attempts.inc({ status: statusOf(outcome), outcome, trigger: 'event' }, 0);
    for (const state of FINAL_STATES) this.finished.inc({ state }, 0);
    emitter.listen(AttemptsSettledEvent, ({ attempts }) => this.count(attempts));
  }

  /** Counters are incremented once for each group of a batch, and not once for each attempt. */
  private count(attempts: readonly SettledAttempt[]): void {
    const groups = new Map<string, { status: Status; outcome: string; trigger: string; count: number }>();
    const states = new Map<string, number>();
    for (const { delivery, outcome: made, createdAt, settlement } of attempts) {
      const outcome = outcomeClassOf(made);
      const status = statusOf(outcome);
      this.durations[status].observe(made.durationMs / 1_000);
      if (delivery.trigger === 'event' && delivery.attempts === 0) {
        this.lag.observe(Math.max(0, createdAt.getTime() - timeOfUuidV7(delivery.eventId)) / 1_000);
      }
      const key = `${outcome} ${delivery.trigger}`;
      const group = groups.get(key);
      if (group) group.count += 1;
      else groups.set(key, { status, outcome, trigger: delivery.trigger, count: 1 });
      states.set(settlement.state, (states.get(settlement.state) ?? 0) + 1);
    }
    for (const { count, ...labels } of groups.values()) this.attempts.inc(labels, count);
    for (const state of FINAL_STATES) this.finished.inc({ state }, states.get(state) ?? 0);
  }
}

function statusOf(outcome: string): Status {
  return outcome === 'success' ? 'success' : 'failed';
}
