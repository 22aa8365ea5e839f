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
import { placeOf, type Target } from './target.js';
import type { TlsIdentity } from './tls-identity.js';

/** What a webhook is called with. */
export interface TargetRequestConfig extends AxiosRequestConfig {
  /** Connections are kept for each user. */
  userId?: string;
  /** The URL's target, if it was parsed before. */
  target?: Target | undefined;
  /** Connections are kept for each identity; the service's own one if it is left out. */
  identity?: TlsIdentity;
}

/**
 * Sends axios requests through undici. axios' own adapter follows redirects, reads proxy variables, and takes several
 * times the CPU a request.
 *
 * @returns an adapter whose responses have a {@link KeptBody} as `data` and plain headers
 */
function undiciAdapter(dispatcher: Dispatcher): AxiosAdapter {
  return async (config: InternalAxiosRequestConfig & TargetRequestConfig): Promise<AxiosResponse<KeptBody>> => {
    const { url = '', method = 'get', headers, signal, userId = '', identity, target } = config;
    // An interceptor may have changed the URL.
    const { origin, path } = target?.url === url ? target : placeOf(url, userId);
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
      // axios takes a success whose body ran into the deadline for cancelled.
      if (signal?.aborted) delete config.signal;
      return response(answer);
    } catch (error) {
      if (exchange.received === undefined) throw error;
      // The status came and the body did not: whoever reads the log wants to know both.
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
 * The axios instance that webhooks are called with.
 *
 * While nobody has hooked into it, its requests go straight to the adapter. What axios does on the way (merging and
 * copying the configuration, normalizing headers, walking transforms) would leave our requests as they are and takes
 * more CPU than sending them. Interceptors, and an adapter put in place of ours, see every request.
 */
export function createWebhookHttp(dispatcher: Dispatcher): AxiosInstance {
  const adapter = undiciAdapter(dispatcher);
  const http = create({
    adapter,
    // The body is text that is already signed: nothing may touch it. Any status is an answer.
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
