import { Module } from '@nestjs/common';
import { StrictValidationPipe } from '../common/strict-validation.pipe.js';
import { TargetsModule } from '../targets/targets.module.js';
import { SecretsCheck } from './secrets-check.js';
import { SecretsCheckRepository } from './secrets-check.repository.js';
import { SecretsReencryption } from './secrets-reencryption.js';
import { WebhookHealthRepository } from './webhook-health.repository.js';
import { WebhookHealthService } from './webhook-health.service.js';
import { WebhookLimitGuard } from './webhook-limit.guard.js';
import { WebhooksRepository } from './webhooks.repository.js';
import { WebhooksService } from './webhooks.service.js';

/** Webhooks: their URLs, event types and signing secrets. The application provides the `SecretCipher`, see `parts.ts`. */
@Module({
  imports: [TargetsModule],
  providers: [
    StrictValidationPipe,
    WebhooksRepository,
    WebhooksService,
    WebhookHealthRepository,
    WebhookHealthService,
    WebhookLimitGuard,
    SecretsCheck,
    SecretsCheckRepository,
    SecretsReencryption,
  ],
  exports: [
    StrictValidationPipe,
    WebhooksService,
    WebhooksRepository,
    WebhookHealthService,
    WebhookLimitGuard,
    SecretsCheck,
    SecretsReencryption,
  ],
})
export class WebhooksModule {}
