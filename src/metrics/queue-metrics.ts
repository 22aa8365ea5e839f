import { Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { LIMITS } from '../database/deadlines.js';
import {
  QueueStatementEndedEvent,
  type QueueCounts,
  type QueueOperation,
} from '../queue/queue-statement-ended.event.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { BATCH_BUCKETS, durationBuckets } from './buckets.js';
import { MetricsRegistry } from './metrics-registry.js';

const OPERATIONS: readonly QueueOperation[] = ['enqueue', 'claim', 'settle'];
const LEAST_DURATION_MS = 1;

/** The statements of the queue: their durations, batches and failures, accepted events, and the share of the fast path. */
@Injectable()
export class QueueMetrics {
  private readonly duration: Histogram<'operation'>;
  private readonly batch: Histogram<'operation'>;
  private readonly failures: Counter<'operation'>;
  private readonly accepted: Counter;
  private readonly enqueued: Counter<'path'>;
  private readonly leasesLost: Counter;

  constructor(registry: MetricsRegistry, emitter: ServiceEmitter) {
    const registers = [registry];
    const labelNames = ['operation'] as const;
    this.duration = new Histogram({
      name: 'docmap_queue_statement_duration_seconds',
      help: 'Durations of the statements that store events, claim deliveries and record attempts.',
      labelNames,
      buckets: durationBuckets(LIMITS.request.deadlineMs, LEAST_DURATION_MS),
      registers,
    });
    this.batch = new Histogram({
      name: 'docmap_queue_batch_size',
      help: 'Rows of each statement: stored events, claimed deliveries, attempts to record.',
      labelNames,
      buckets: BATCH_BUCKETS,
      registers,
    });
    this.failures = new Counter({
      name: 'docmap_queue_statement_failures_total',
      help: 'Statements of the queue that the database refused or did not answer. They are tried again.',
      labelNames,
      registers,
    });
    this.accepted = new Counter({
      name: 'docmap_events_accepted_total',
      help: 'Events that this process has stored. A repeated request with the same idempotency key does not count.',
      registers,
    });
    this.enqueued = new Counter({
      name: 'docmap_deliveries_enqueued_total',
      help: 'Deliveries of accepted events: sent from memory (fast-path), or waiting for a claim (claim).',
      labelNames: ['path'] as const,
      registers,
    });
    this.leasesLost = new Counter({
      name: 'docmap_leases_lost_total',
      help: 'Attempts that were not recorded, because their leases were lost. Receivers may get these events again.',
      registers,
    });
    for (const operation of OPERATIONS) this.failures.inc({ operation }, 0);
    for (const path of ['fast-path', 'claim']) this.enqueued.inc({ path }, 0);
    emitter.listen(QueueStatementEndedEvent, (event) => this.count(event));
  }

  private count({ operation, durationMs, counts }: QueueStatementEndedEvent): void {
    this.duration.observe({ operation }, durationMs / 1_000);
    if (counts) this.countRows(operation, counts);
    else this.failures.inc({ operation });
  }

  private countRows(operation: QueueOperation, { items, leased = 0, waiting = 0, refused = 0 }: QueueCounts): void {
    this.batch.observe({ operation }, items);
    if (operation === 'enqueue') this.accepted.inc(items);
    this.enqueued.inc({ path: 'fast-path' }, leased);
    this.enqueued.inc({ path: 'claim' }, waiting);
    this.leasesLost.inc(refused);
  }
}
