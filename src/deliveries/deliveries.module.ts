import { Module } from '@nestjs/common';
import { QueueModule } from '../queue/queue.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { AttemptSummariesRepository } from './attempt-summaries.repository.js';
import { AttemptSummariesService } from './attempt-summaries.service.js';
import { BacklogService } from './backlog.service.js';
import { DeliveriesRepository } from './deliveries.repository.js';
import { DeliveriesService } from './deliveries.service.js';
import { ResendService } from './resend.service.js';
import { StatsService } from './stats.service.js';

/** The log of attempts, and the state of deliveries. */
@Module({
  imports: [WebhooksModule, QueueModule],
  providers: [
    AttemptSummariesRepository,
    AttemptSummariesService,
    BacklogService,
    DeliveriesRepository,
    DeliveriesService,
    ResendService,
    StatsService,
  ],
  exports: [BacklogService, DeliveriesService, ResendService, StatsService],
})
export class DeliveriesModule {}
