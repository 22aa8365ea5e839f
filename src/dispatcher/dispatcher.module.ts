import { HttpService } from '@nestjs/axios';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Agent } from 'undici';
import { AppConfig } from '../config/app-config.js';
import { DeliveriesModule } from '../deliveries/deliveries.module.js';
import { TargetPolicy } from '../targets/target-policy.js';
import { TargetsModule } from '../targets/targets.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { AttemptMaker } from './attempt-maker.js';
import { DispatcherService } from './dispatcher.service.js';
import { createAgent, createWebhookHttp } from './http-transport.js';
import { ListedRetrySchedule, RetrySchedule } from './retry-schedule.js';
import { SettlementBatcher } from './settlement-batcher.js';
import { TargetHosts } from './target-hosts.js';
import { DnsNameResolver, NameResolver } from './target-lookup.js';
import { HttpWebhookSender, WebhookSender } from './webhook-sender.js';

/** Connections to webhooks. */
@Module({
  imports: [TargetsModule],
  providers: [
    { provide: NameResolver, useClass: DnsNameResolver },
    { provide: Agent, inject: [TargetPolicy, NameResolver, AppConfig], useFactory: createAgent },
    { provide: HttpService, inject: [Agent], useFactory: (agent: Agent) => new HttpService(createWebhookHttp(agent)) },
  ],
  exports: [HttpService],
})
class TransportModule implements OnApplicationShutdown {
  constructor(@Inject(Agent) private readonly agent: Agent) {}

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }
}

/** Sends what is queued. */
@Module({
  imports: [WebhooksModule, DeliveriesModule, TargetsModule, TransportModule],
  providers: [
    DispatcherService,
    AttemptMaker,
    SettlementBatcher,
    TargetHosts,
    { provide: WebhookSender, useClass: HttpWebhookSender },
    {
      provide: RetrySchedule,
      inject: [AppConfig],
      useFactory: ({ retrySchedule }: AppConfig) => new ListedRetrySchedule(retrySchedule),
    },
  ],
  exports: [DispatcherService],
})
export class DispatcherModule {}
