import { Module, type DynamicModule } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import type { AppConfig } from './config/app-config.js';
import type { TracingSdk } from './tracing-sdk.js';
import { DocmapWebhooksModule } from './docmap-webhooks.module.js';

/** The service: the module that host applications import, with all its routes, and an event emitter. */
@Module({})
export class AppModule {
  /**
   * @param config {@link loadConfig} makes one from environment variables
   * @param tracing the SDK to stop with the application; undefined without tracing
   */
  static register(config: AppConfig, tracing?: TracingSdk): DynamicModule {
    return {
      module: AppModule,
      // Nest calls the shutdown hook of the value.
      providers: tracing === undefined ? [] : [{ provide: 'TRACING_SDK', useValue: tracing }],
      imports: [
        EventEmitterModule.forRoot(),
        DocmapWebhooksModule.forRoot({ ...config, controllers: { health: true, metrics: true } }),
      ],
    };
  }
}
