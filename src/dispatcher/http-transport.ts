import {
  AxiosError,
  AxiosHeaders,
  create,
  type AxiosAdapter,
  type AxiosInstance,
  type AxiosRequestConfig,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import type { Dispatcher } from 'undici';
import { HttpExchange, type KeptBody, type ReceivedAnswer } from './http-exchange.js';
import { originAndPathOf, type Target } from './target.js';
import type { TlsIdentity } from './tls-identity.js';

/** The configuration of a request to a webhook. */
export interface TargetRequestConfig extends AxiosRequestConfig {
  /** The owner of the webhook. Each user has separate connections. */
  userId?: string;
  /** The id of the webhook's authentication. Each has separate connections. */
  authId?: string | undefined;
  /** The target of the URL, if it was parsed before. */
  target?: Target | undefined;
  /** The TLS identity; each has separate connections. Without it, the service's own identity. */
  identity?: TlsIdentity;
}

/**
 * Sends axios requests through undici. The adapter of axios follows redirects, reads proxy variables, and takes several times
 * the CPU per request.
 *
 * @returns an adapter whose responses have a {@link KeptBody} as `data` and plain headers
 */
function undiciAdapter(dispatcher: Dispatcher): AxiosAdapter {
  return async (config: InternalAxiosRequestConfig & TargetRequestConfig): Promise<AxiosResponse<KeptBody>> => {
    const { url = '', method = 'get', headers, signal, userId = '', authId, identity, target } = config;
    // An interceptor may have changed the URL.
    const { origin, path } = target?.url === url ? target : originAndPathOf(url, userId, authId);
    const exchange = new HttpExchange({
      origin,
      path,
      method: method.toUpperCase(),
      headers: (headers instanceof AxiosHeaders ? headers.toJSON() : headers) as Record<string, string>,
      body: config.data as string,
      signal: signal as AbortSignal | undefined,
      identity,
    });
    const response = ({ status, headers, data }: ReceivedAnswer) => {
      return { status, statusText: '', headers, data, config, request: undefined };
    };
    try {
      const answer = await exchange.send(dispatcher);
      // axios would treat a success whose body reached the deadline as cancelled.
      if (signal?.aborted) delete config.signal;
      return response(answer);
    } catch (error) {
      if (exchange.received === undefined) throw error;
      // The status was received, and the body broke off. The log shows both.
      const broken = new AxiosError('The response body broke off', undefined, config, undefined, {
        ...response(exchange.received),
        data: { text: '', truncated: true },
      });
      broken.cause = error as Error;
      throw broken;
    }
  };
}

/**
 * The axios instance that sends requests to webhooks.
 *
 * Without interceptors and with this adapter, requests skip axios and go directly to the adapter. axios would merge and copy
 * the configuration, normalize headers and walk transforms. This takes more CPU than sending, and does not change these
 * requests. Interceptors and other adapters see every request.
 */
export function createWebhookHttp(dispatcher: Dispatcher): AxiosInstance {
  const adapter = undiciAdapter(dispatcher);
  const http = create({
    adapter,
    // The body is signed text and must not change. Any status is an answer.
    transformRequest: [(data: unknown) => data],
    transformResponse: [(data: unknown) => data],
    validateStatus: () => true,
    maxRedirects: 0,
    proxy: false,
  });
  const throughAxios = http.request.bind(http);
  http.request = ((config: InternalAxiosRequestConfig) => {
    return isHooked(http, adapter) ? throughAxios(config) : adapter(config);
  }) as AxiosInstance['request'];
  return http;
}

function isHooked({ defaults, interceptors }: AxiosInstance, adapter: AxiosAdapter): boolean {
  const { request, response } = interceptors;
  return defaults.adapter !== adapter || Boolean(request.handlers?.length) || Boolean(response.handlers?.length);
}
