import { Module } from '@nestjs/common';
import { DeliveriesModule } from '../deliveries/deliveries.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { HostEmitters } from '../runtime/host-emitters.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { EventTypes } from '../webhooks/event-types.js';
import { EmittedEventsListener } from './emitted-events.listener.js';
import { EventsRepository } from './events.repository.js';
import { EventsService } from './events.service.js';
import { IngestBatcher } from './ingest-batcher.js';
import { RecoveriesRepository } from './recoveries.repository.js';
import { RecoveriesService } from './recoveries.service.js';
import { RecoveryPace } from './recovery-pace.js';
import { TestEventService } from './test-event.service.js';

/** Accepts events over HTTP and from other modules, and queues them again on request. */
@Module({
  imports: [WebhooksModule, QueueModule, DeliveriesModule],
  providers: [
    EventsRepository,
    EventsService,
    {
      provide: EmittedEventsListener,
      inject: [EventsService, EventTypes, HostEmitters],
      useFactory: EmittedEventsListener.create.bind(EmittedEventsListener),
    },
    IngestBatcher,
    RecoveriesRepository,
    RecoveriesService,
    RecoveryPace,
    TestEventService,
  ],
  exports: [EventsService, RecoveriesService, TestEventService],
})
export class EventsModule {}
