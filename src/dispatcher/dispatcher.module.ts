import { Module } from '@nestjs/common';
import { QueueModule } from '../queue/queue.module.js';
import { TargetsModule } from '../targets/targets.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { AttemptMaker } from './attempt-maker.js';
import { Completer } from './completer.js';
import { DispatcherService } from './dispatcher.service.js';
import { AttemptLogLines } from './attempt-log-lines.js';
import { SigningSecrets } from './signing-secrets.js';
import { TargetHosts } from './target-hosts.js';

/** Sends queued deliveries. The application provides the sender and the retry schedule. */
@Module({
  imports: [WebhooksModule, QueueModule, TargetsModule],
  providers: [DispatcherService, AttemptMaker, Completer, SigningSecrets, AttemptLogLines, TargetHosts],
  exports: [DispatcherService],
})
export class DispatcherModule {}
