import { Module } from '@nestjs/common';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { DeliveriesRepository } from './deliveries.repository.js';
import { DeliveriesService } from './deliveries.service.js';
import { FastPath } from './local-claimant.js';
import { OutboxRepository } from './outbox.repository.js';
import { RetentionRepository } from './retention.repository.js';
import { RetentionService } from './retention.service.js';

/** The queue of deliveries and the log of their attempts. */
@Module({
  imports: [WebhooksModule],
  providers: [
    DeliveriesRepository,
    DeliveriesService,
    FastPath,
    OutboxRepository,
    RetentionRepository,
    RetentionService,
  ],
  exports: [DeliveriesService, FastPath, OutboxRepository],
})
export class DeliveriesModule {}
