import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { StreamHub } from './stream-hub.js';
import { StreamsRepository } from './streams.repository.js';
import { StreamsService } from './streams.service.js';
import { StreamStart } from './stream-start.js';
import { StreamTimes } from './stream-times.js';

/** Streams of stored events over HTTP. A process without open streams reads nothing. */
@Module({
  imports: [AuthModule, QueueModule, WebhooksModule],
  providers: [
    StreamHub,
    StreamsRepository,
    StreamsService,
    StreamStart,
    { provide: StreamTimes, useFactory: () => new StreamTimes() },
  ],
  exports: [StreamsService],
})
export class StreamsModule {}
