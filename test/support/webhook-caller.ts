import type { AxiosInterceptorManager, InternalAxiosRequestConfig } from 'axios';
import { HttpService } from '@nestjs/axios';
import type { AttemptOutcome } from '../../src/deliveries/attempt-outcome.js';
import { createWebhookHttp } from '../../src/dispatcher/http-transport.js';
import { TargetDispatcher } from '../../src/dispatcher/target-dispatcher.js';
import { NameResolver } from '../../src/dispatcher/target-lookup.js';
import { HttpWebhookSender } from '../../src/dispatcher/webhook-sender.js';
import { TargetPolicy } from '../../src/targets/target-policy.js';

class NoResolver extends NameResolver {
  override async resolve(): Promise<string[]> {
    throw new Error('Nothing here has a name');
  }
}

interface CallOptions {
  userId?: string;
  body?: string;
  signal?: AbortSignal;
}

/** Calls receivers on loopback as deliveries are sent: all of the transport, without queue and database. */
export class WebhookCaller {
  private readonly dispatcher = new TargetDispatcher(
    new TargetPolicy({ allowedNetworks: ['127.0.0.0/8'] }),
    new NoResolver(),
    { deliveryTimeoutMs: 10_000 },
  );
  private readonly http = createWebhookHttp(this.dispatcher);
  private readonly sender = new HttpWebhookSender(new HttpService(this.http));

  /** Of axios. */
  get interceptors(): AxiosInterceptorManager<InternalAxiosRequestConfig> {
    return this.http.interceptors.request;
  }

  /** Makes an attempt. */
  call(
    url: string,
    { userId = 'uid_1', body = '{"a":1}', signal = new AbortController().signal }: CallOptions = {},
  ): Promise<AttemptOutcome> {
    return this.sender.send({ userId, url, headers: { 'content-type': 'application/json' }, body }, signal);
  }

  async stop(): Promise<void> {
    await this.dispatcher.destroy();
  }
}
