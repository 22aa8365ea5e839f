import { Module } from '@nestjs/common';
import { CancellationService } from './cancellation.service.js';
import { LocalClaimant } from './local-claimant.js';
import { OutboxService } from './outbox.service.js';

/** The queue: the `deliveries` table, the statements that change it, and the fast path from ingest to dispatch. */
@Module({
  providers: [CancellationService, LocalClaimant, OutboxService],
  exports: [LocalClaimant, OutboxService],
})
export class QueueModule {}
