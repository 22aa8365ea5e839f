import { Module } from '@nestjs/common';
import { DispatcherModule } from '../dispatcher/dispatcher.module.js';
import { MetricsService } from './metrics.service.js';

/** Prometheus metrics of the process. */
@Module({ imports: [DispatcherModule], providers: [MetricsService], exports: [MetricsService] })
export class MetricsModule {}
