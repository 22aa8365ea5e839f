import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { REMOVED_KINDS, RowsRemovedEvent } from '../retention/rows-removed.event.js';
import { AttemptsSettledEvent } from '../dispatcher/attempts-settled.event.js';
import { DispatcherService } from '../dispatcher/dispatcher.service.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';

/** Collects the Prometheus metrics of this process. */
@Injectable()
export class MetricsService {
  private readonly registry = new Registry();

  private readonly attempts = new Counter({
    name: 'docmap_delivery_attempts_total',
    help: 'Delivery attempts recorded by this process.',
    labelNames: ['status', 'trigger'] as const,
    registers: [this.registry],
  });

  private readonly duration = new Histogram({
    name: 'docmap_delivery_attempt_duration_seconds',
    help: 'How long delivery attempts took.',
    labelNames: ['status'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });

  private readonly removed = new Counter({
    name: 'docmap_retention_removed_rows_total',
    help: 'Rows older than RETENTION_DAYS that this process has removed.',
    labelNames: ['kind'] as const,
    registers: [this.registry],
  });

  constructor(dispatcher: DispatcherService, emitter: ServiceEmitter) {
    emitter.listen(RowsRemovedEvent, (event) => this.countRemoved(event));
    emitter.listen(AttemptsSettledEvent, (event) => this.count(event));
    collectDefaultMetrics({ register: this.registry });
    for (const kind of REMOVED_KINDS) this.removed.inc({ kind }, 0);
    new Gauge({
      name: 'docmap_delivery_attempts_in_flight',
      help: 'Delivery attempts in flight in this process.',
      registers: [this.registry],
      collect() {
        this.set(dispatcher.attemptsInFlight);
      },
    });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** All metrics in the text format of Prometheus. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  private countRemoved({ rows }: RowsRemovedEvent): void {
    for (const kind of REMOVED_KINDS) this.removed.inc({ kind }, rows[kind]);
  }

  private count({ attempts }: AttemptsSettledEvent): void {
    for (const { delivery, outcome } of attempts) {
      const status = outcome.error === null ? 'success' : 'failed';
      this.attempts.inc({ status, trigger: delivery.trigger });
      this.duration.observe({ status }, outcome.durationMs / 1_000);
    }
  }
}
