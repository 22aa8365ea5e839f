import { HttpService } from '@nestjs/axios';
import type { AxiosInstance } from 'axios';
import { AccessTokens } from './access-tokens.js';

/**
 * The `HttpService` whose connections follow the target policy. It has its own token: a host application that injects
 * `HttpService` gets the service that the host imports.
 */
export class WebhookHttpService extends HttpService {
  /** @internal */
  constructor(
    instance: AxiosInstance,
    /**
     * The access tokens of webhooks. Their requests have client secrets: interceptors of `axiosRef` do not see them.
     *
     * @internal
     */
    readonly tokens: AccessTokens,
  ) {
    super(instance);
  }
}
