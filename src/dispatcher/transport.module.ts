import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Dispatcher } from 'undici';
import { AppConfig } from '../config/app-config.js';
import { TargetPolicy } from '../targets/target-policy.js';
import { TargetsModule } from '../targets/targets.module.js';
import { AccessTokens } from './access-tokens.js';
import { createWebhookHttp } from './http-transport.js';
import { TargetDispatcher } from './target-dispatcher.js';
import { DnsNameResolver, NameResolver } from './target-lookup.js';
import { WebhookHttpService } from './webhook-http.service.js';

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
    {
      provide: WebhookHttpService,
      inject: [Dispatcher],
      useFactory: (agent: Dispatcher) => new WebhookHttpService(createWebhookHttp(agent), new AccessTokens(agent)),
    },
  ],
  exports: [WebhookHttpService],
})
export class TransportModule implements OnApplicationShutdown {
  constructor(@Inject(Dispatcher) private readonly agent: Dispatcher) {}

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }
}
