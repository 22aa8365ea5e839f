import { Module } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { TargetsModule } from '../targets/targets.module.js';
import { AesSecretCipher } from './aes-secret-cipher.js';
import { SecretCipher } from './secret-cipher.js';
import { loadSecretsKey } from './secrets-key.js';
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
    SecretsReencryption,
    {
      provide: SecretCipher,
      inject: [AppConfig],
      useFactory: async (config: AppConfig) =>
        new AesSecretCipher(await loadSecretsKey(config), config.secretsKeyFallbacks),
    },
  ],
  exports: [WebhooksService, SecretCipher, SecretsReencryption],
})
export class WebhooksModule {}
