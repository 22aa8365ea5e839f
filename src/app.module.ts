import { Module, type DynamicModule } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import type { AppConfig } from './config/app-config.js';
import { DocmapWebhooksModule } from './docmap-webhooks.module.js';

/** The service: the module that host applications import, with all its routes, and an event emitter. */
@Module({})
export class AppModule {
  /** @param config {@link loadConfig} makes one from environment variables */
  static register(config: AppConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        EventEmitterModule.forRoot(),
        DocmapWebhooksModule.forRoot({ ...config, controllers: { health: true, metrics: true } }),
      ],
    };
  }
}
