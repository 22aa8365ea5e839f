import { Module } from '@nestjs/common';
import { DispatcherModule } from '../dispatcher/dispatcher.module.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsService } from './metrics.service.js';

@Module({ imports: [DispatcherModule], controllers: [MetricsController], providers: [MetricsService] })
export class MetricsModule {}
