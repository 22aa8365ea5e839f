import { Module } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Database } from '../database/database.js';
import { TargetsModule } from '../targets/targets.module.js';
import { AesSecretCipher } from './aes-secret-cipher.js';
import { SecretCipher } from './secret-cipher.js';
import { loadSecretsKey } from './secrets-key.js';
import { SecretsCheck } from './secrets-check.js';
import { SecretsCheckRepository } from './secrets-check.repository.js';
import { SecretsReencryption } from './secrets-reencryption.js';
import { WebhookLimitGuard } from './webhook-limit.guard.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksRepository } from './webhooks.repository.js';
import { WebhooksService } from './webhooks.service.js';

/** Who wants to hear of which events, and where. */
@Module({
  imports: [TargetsModule],
  controllers: [WebhooksController],
  providers: [
    WebhooksRepository,
    WebhooksService,
    WebhookLimitGuard,
    SecretsCheck,
    SecretsCheckRepository,
    SecretsReencryption,
    {
      provide: SecretCipher,
      // The database comes first: no key is made where it can't be used.
      inject: [AppConfig, Database],
      useFactory: async (config: AppConfig) =>
        new AesSecretCipher(await loadSecretsKey(config), config.secretsKeyFallbacks),
    },
  ],
  exports: [WebhooksService, SecretCipher, SecretsCheck, SecretsReencryption],
})
export class WebhooksModule {}
