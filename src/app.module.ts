import { Module, type DynamicModule, type OnModuleInit } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { AuthModule } from './auth/auth.module.js';
import { AppConfig } from './config/app-config.js';
import { ConfigModule } from './config/config.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DeliveriesModule } from './deliveries/deliveries.module.js';
import { DispatcherModule } from './dispatcher/dispatcher.module.js';
import { EventsModule } from './events/events.module.js';
import { HealthModule } from './health/health.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { RuntimeModule } from './runtime/runtime.module.js';
import { SecretsCheck } from './webhooks/secrets-check.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/** The whole service: the only list of its modules. */
@Module({})
export class AppModule implements OnModuleInit {
  constructor(private readonly secretsCheck: SecretsCheck) {}

  /** Before anything is sent, made or answered. */
  onModuleInit(): Promise<void> {
    return this.secretsCheck.verify();
  }

  /** @param config see {@link loadConfig} for one made of environment variables */
  static register(config: AppConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.register(config),
        EventEmitterModule.forRoot(),
        RuntimeModule,
        DatabaseModule,
        AuthModule,
        WebhooksModule,
        DeliveriesModule,
        EventsModule,
        DispatcherModule,
        HealthModule,
        MetricsModule,
      ],
    };
  }
}
