import { Module } from '@nestjs/common';
import { CancellationService } from './cancellation.service.js';
import { FastPath } from './fast-path.js';
import { OperationalEventsService } from './operational-events.service.js';
import { OrderingService } from './ordering.service.js';
import { OutboxService } from './outbox.service.js';

/** The queue: the `deliveries` table, the statements that change it, and the fast path from ingest to dispatch. */
@Module({
  providers: [CancellationService, FastPath, OperationalEventsService, OrderingService, OutboxService],
  exports: [FastPath, OutboxService],
})
export class QueueModule {}
