import { Module } from '@nestjs/common';
import { DispatcherModule } from '../dispatcher/dispatcher.module.js';
import { TransportModule } from '../dispatcher/transport.module.js';
import { StreamsModule } from '../streams/streams.module.js';
import { AttemptMetrics } from './attempt-metrics.js';
import { BacklogMetrics } from './backlog-metrics.js';
import { FiguresRepository } from './figures.repository.js';
import { MetricsRegistry } from './metrics-registry.js';
import { MetricsService } from './metrics.service.js';
import { ProcessMetrics } from './process-metrics.js';
import { QueueMetrics } from './queue-metrics.js';
import { RequestMetrics } from './request-metrics.js';
import { StreamMetrics } from './stream-metrics.js';

/** Prometheus metrics of the process. Nothing is measured in an application that does not import this module. */
@Module({
  imports: [DispatcherModule, TransportModule, StreamsModule],
  providers: [
    MetricsRegistry,
    MetricsService,
    AttemptMetrics,
    QueueMetrics,
    ProcessMetrics,
    BacklogMetrics,
    FiguresRepository,
    RequestMetrics,
    StreamMetrics,
  ],
  exports: [MetricsService, RequestMetrics],
})
export class MetricsModule {}
