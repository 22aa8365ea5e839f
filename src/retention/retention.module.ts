import { Module } from '@nestjs/common';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { RetentionRepository } from './retention.repository.js';
import { RetentionService } from './retention.service.js';

/** Removes rows that are older than their retention. It knows all tables. */
@Module({ imports: [WebhooksModule], providers: [RetentionRepository, RetentionService] })
export class RetentionModule {}
