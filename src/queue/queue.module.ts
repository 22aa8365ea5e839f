import { Module } from '@nestjs/common';
import { AttemptRates } from './attempt-rates.js';
import { CancellationService } from './cancellation.service.js';
import { EventsAnnouncer } from './events-announcer.js';
import { FastPath } from './fast-path.js';
import { OperationalEventsService } from './operational-events.service.js';
import { OrderingService } from './ordering.service.js';
import { OutboxService } from './outbox.service.js';
import { PendingDeliveries } from './pending-deliveries.js';

/** The queue: the `deliveries` table, the statements that change it, and the fast path from ingest to dispatch. */
@Module({
  providers: [
    AttemptRates,
    CancellationService,
    EventsAnnouncer,
    FastPath,
    OperationalEventsService,
    OrderingService,
    OutboxService,
    PendingDeliveries,
  ],
  exports: [AttemptRates, EventsAnnouncer, FastPath, OutboxService, PendingDeliveries],
})
export class QueueModule {}
