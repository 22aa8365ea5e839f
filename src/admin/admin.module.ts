import { Module, type DynamicModule } from '@nestjs/common';
import { ApiKeysModule } from '../auth/api-keys.module.js';
import type { AppConfig } from '../config/app-config.js';
import { ConfigModule } from '../config/config.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { DeliveriesModule } from '../deliveries/deliveries.module.js';
import { TestEventService } from '../events/test-event.service.js';
import { QueueModule } from '../queue/queue.module.js';
import { RuntimeModule } from '../runtime/runtime.module.js';
import { SecretCipher } from '../webhooks/secret-cipher.js';
import { FixedWebhookLimit, WebhookLimit } from '../webhooks/webhook-limit.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { ErasureRepository } from './erasure.repository.js';
import { ErasureService } from './erasure.service.js';
import { UsersRepository } from './users.repository.js';

/** No command reads or writes a signing secret. The commands therefore need no `SECRETS_KEY`. */
class NoSecrets extends SecretCipher {
  override encrypt(): never {
    throw new Error('The commands of operators encrypt no secrets');
  }

  override decrypt(): never {
    throw new Error('The commands of operators decrypt no secrets');
  }
}

/** The services that the commands of operators call. The process serves no requests, sends nothing and creates no API key. */
@Module({})
export class AdminModule {
  static register(config: AppConfig): DynamicModule {
    return {
      module: AdminModule,
      global: true,
      imports: [
        ConfigModule.register(config),
        RuntimeModule,
        DatabaseModule,
        ApiKeysModule,
        WebhooksModule,
        QueueModule,
        DeliveriesModule,
      ],
      providers: [
        { provide: SecretCipher, useClass: NoSecrets },
        { provide: WebhookLimit, useClass: FixedWebhookLimit },
        TestEventService,
        UsersRepository,
        ErasureRepository,
        ErasureService,
      ],
      exports: [SecretCipher, WebhookLimit],
    };
  }
}
