import { Module } from '@nestjs/common';
import { DeliveriesModule } from '../deliveries/deliveries.module.js';
import { HostEmitters } from '../runtime/host-emitters.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { EventsController } from './events.controller.js';
import { EventsRepository } from './events.repository.js';
import { EventsService } from './events.service.js';
import { ExtractionListener } from './extraction.listener.js';
import { IntakeBatcher } from './intake-batcher.js';
import { RecoveriesRepository } from './recoveries.repository.js';
import { ReplayController } from './replay.controller.js';
import { ReplayService } from './replay.service.js';

/** How events come in: over HTTP, from other modules, and again on request. */
@Module({
  imports: [WebhooksModule, DeliveriesModule],
  controllers: [EventsController, ReplayController],
  providers: [
    EventsRepository,
    EventsService,
    {
      provide: ExtractionListener,
      inject: [EventsService, HostEmitters],
      useFactory: ExtractionListener.create.bind(ExtractionListener),
    },
    IntakeBatcher,
    RecoveriesRepository,
    ReplayService,
  ],
  exports: [EventsService],
})
export class EventsModule {}
