import type { AxiosInstance, AxiosInterceptorManager, InternalAxiosRequestConfig } from 'axios';
import type { AttemptOutcome } from '../../src/queue/attempt-outcome.js';
import { AccessTokens } from '../../src/dispatcher/access-tokens.js';
import { createWebhookHttp } from '../../src/dispatcher/http-transport.js';
import { TargetAgents } from '../../src/dispatcher/target-agents.js';
import { NameResolver } from '../../src/dispatcher/target-lookup.js';
import { WebhookHttpService } from '../../src/dispatcher/webhook-http.service.js';
import type { ReceiverAuth } from '../../src/dispatcher/receiver-auth.js';
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
  auth?: ReceiverAuth | undefined;
  signal?: AbortSignal;
}

/** Calls receivers on loopback with the whole transport of deliveries, without queue and database. */
export class WebhookCaller {
  private readonly agents: TargetAgents;
  private readonly http: AxiosInstance;
  private readonly sender: HttpWebhookSender;

  /**
   * @param Sender the class of the sender, perhaps an extended one
   * @param allowedNetworks of the target policy
   */
  constructor(
    Sender: new (http: WebhookHttpService) => HttpWebhookSender = HttpWebhookSender,
    allowedNetworks = ['127.0.0.0/8'],
  ) {
    const policy = new TargetPolicy({ allowedNetworks });
    this.agents = new TargetAgents(policy, new NoResolver(), { deliveryTimeoutMs: 10_000 });
    this.http = createWebhookHttp(this.agents);
    this.sender = new Sender(new WebhookHttpService(this.http, new AccessTokens(this.agents)));
  }

  /** Of axios. */
  get interceptors(): AxiosInterceptorManager<InternalAxiosRequestConfig> {
    return this.http.interceptors.request;
  }

  /** Makes an attempt. */
  call(
    url: string,
    { userId = 'uid_1', body = '{"a":1}', auth, signal = new AbortController().signal }: CallOptions = {},
  ): Promise<AttemptOutcome> {
    const headers = { 'content-type': 'application/json' };
    return this.sender.send({ webhookId: 'webhook-1', userId, metadata: {}, url, headers, body, auth }, signal);
  }

  async stop(): Promise<void> {
    await this.agents.destroy();
  }
}
