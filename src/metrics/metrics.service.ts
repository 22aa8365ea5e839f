import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics } from 'prom-client';
import { MetricsRegistry } from './metrics-registry.js';

/**
 * Serves the metrics of this process. A scrape reads memory only: it never waits for the database.
 */
@Injectable()
export class MetricsService {
  constructor(private readonly registry: MetricsRegistry) {
    collectDefaultMetrics({ register: registry });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** All metrics in the text format of Prometheus. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}
