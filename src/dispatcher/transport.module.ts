import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Dispatcher } from 'undici';
import type { LookupFunction } from 'node:net';
import { AppConfig } from '../config/app-config.js';
import { parseProxyAddress } from '../config/proxy-address.js';
import { TargetPolicy } from '../targets/target-policy.js';
import { TargetsModule } from '../targets/targets.module.js';
import { AccessTokens } from './access-tokens.js';
import { createWebhookHttp } from './http-transport.js';
import { HttpProxy } from './http-proxy.js';
import { ProxyConnector } from './proxy-connector.js';
import { ProxyHealth } from './proxy-health.js';
import { TargetAgents } from './target-agents.js';
import { DnsNameResolver, NameResolver, policedLookup } from './target-lookup.js';
import { WebhookHttpService } from './webhook-http.service.js';

/** Connections to webhooks. `Dispatcher` is undici's word for that which sends requests: it is not the dispatcher of deliveries. */
@Module({
  imports: [TargetsModule],
  providers: [
    ProxyHealth,
    { provide: NameResolver, useClass: DnsNameResolver },
    {
      provide: Dispatcher,
      inject: [TargetPolicy, NameResolver, AppConfig, ProxyHealth],
      useFactory: (policy: TargetPolicy, resolver: NameResolver, config: AppConfig, health: ProxyHealth) =>
        new TargetAgents(policy, resolver, config, proxyOf(config, health, policedLookup(policy, resolver))),
    },
    {
      provide: WebhookHttpService,
      inject: [Dispatcher],
      useFactory: (agents: Dispatcher) => new WebhookHttpService(createWebhookHttp(agents), new AccessTokens(agents)),
    },
  ],
  exports: [WebhookHttpService, ProxyHealth],
})
export class TransportModule implements OnApplicationShutdown {
  constructor(@Inject(Dispatcher) private readonly agents: Dispatcher) {}

  async onApplicationShutdown(): Promise<void> {
    await this.agents.destroy();
  }
}

/** The part of an attempt's time in which the proxy must accept a connection. */
const PROXY_SHARE = 4;

/** The proxy of `DELIVERY_PROXY`. Undefined without it. */
function proxyOf(
  { deliveryProxy = '', deliveryTimeoutMs }: AppConfig,
  health: ProxyHealth,
  lookup: LookupFunction,
): ProxyConnector | undefined {
  const address = parseProxyAddress(deliveryProxy);
  return address && new ProxyConnector(new HttpProxy(address, deliveryTimeoutMs / PROXY_SHARE), health, lookup);
}
