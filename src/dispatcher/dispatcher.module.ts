import { HttpService } from '@nestjs/axios';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Dispatcher } from 'undici';
import { AppConfig } from '../config/app-config.js';
import { DeliveriesModule } from '../deliveries/deliveries.module.js';
import { TargetPolicy } from '../targets/target-policy.js';
import { TargetsModule } from '../targets/targets.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { AttemptMaker } from './attempt-maker.js';
import { DispatcherService } from './dispatcher.service.js';
import { FailureLog } from './failure-log.js';
import { createWebhookHttp } from './http-transport.js';
import { ListedRetrySchedule, RetrySchedule } from './retry-schedule.js';
import { SettlementBatcher } from './settlement-batcher.js';
import { TargetDispatcher } from './target-dispatcher.js';
import { TargetHosts } from './target-hosts.js';
import { DnsNameResolver, NameResolver } from './target-lookup.js';
import { HttpWebhookSender, WebhookSender } from './webhook-sender.js';

const httpServiceOf = (agent: Dispatcher): HttpService => new HttpService(createWebhookHttp(agent));

/** Connections to webhooks. */
@Module({
  imports: [TargetsModule],
  providers: [
    { provide: NameResolver, useClass: DnsNameResolver },
    {
      provide: Dispatcher,
      inject: [TargetPolicy, NameResolver, AppConfig],
      useFactory: (policy: TargetPolicy, resolver: NameResolver, config: AppConfig) =>
        new TargetDispatcher(policy, resolver, config),
    },
    { provide: HttpService, inject: [Dispatcher], useFactory: httpServiceOf },
  ],
  exports: [HttpService],
})
class TransportModule implements OnApplicationShutdown {
  constructor(@Inject(Dispatcher) private readonly agent: Dispatcher) {}

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
    FailureLog,
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
