import {
  AxiosError,
  AxiosHeaders,
  create,
  type AxiosAdapter,
  type AxiosInstance,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import { isIP, type Socket } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import type { AppConfig } from '../config/app-config.js';
import { HttpExchange, type KeptBody, type ReceivedAnswer, type TargetRequest } from './http-exchange.js';
import type { TargetPolicy } from '../targets/target-policy.js';
import { withoutBrackets } from '../targets/without-brackets.js';
import { boundResponses } from './response-bound.js';
import { TargetRefusedError } from './target-errors.js';
import { policedLookup, type NameResolver } from './target-lookup.js';

const MAX_HEADER_BYTES = 16_384;
/** Shorter than the 5 s after which Node's and other servers close an idle connection under our request. */
const IDLE_SOCKET_MS = 4_000;

/**
 * As many addresses of a name can be tried within the deadline when none answers. Node gives up each but the last after
 * 250 ms, which a receiver on another continent, or one lost packet, is enough to exceed.
 */
const ADDRESSES_IN_TIME = 4;

/** How long behind its attempt's deadline a connection that is not made by then is closed. */
const CONNECT_MARGIN_MS = 1_000;

/**
 * Connections to webhooks: only to addresses the policy allows, TLS 1.2 or newer with checked certificates, HTTP/1.1,
 * no proxy, no cookies, no redirects. The time limit is the request's signal, the only thing that also ends a drip;
 * the one on connecting only cleans up behind it.
 *
 * @returns what takes a {@link TargetRequest}: its signal also ends the connection that is being made for it
 */
export function createAgent(
  policy: TargetPolicy,
  resolver: NameResolver,
  { deliveryTimeoutMs }: Pick<AppConfig, 'deliveryTimeoutMs'>,
): Dispatcher {
  const connect = buildConnector({
    lookup: policedLookup(policy, resolver),
    minVersion: 'TLSv1.2',
    // Said, since NODE_TLS_REJECT_UNAUTHORIZED would turn it off where it is not.
    rejectUnauthorized: true,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: Math.ceil(deliveryTimeoutMs / ADDRESSES_IN_TIME),
    timeout: deliveryTimeoutMs + CONNECT_MARGIN_MS,
  });
  // A connection is begun within the call that dispatches the first request for it, and undici says to nobody for which.
  let signal: AbortSignal | undefined;
  const agent = new Agent({
    connect: (options, callback) => {
      // A socket does not ask for the address of an address: it is checked here.
      const address = withoutBrackets(options.hostname);
      if (isIP(address) !== 0 && !policy.allows(address)) {
        return callback(new TargetRefusedError(`${address} is refused`), null);
      }
      const bound: typeof callback = (...result) => {
        if (result[1]) boundResponses(result[1]);
        callback(...result);
      };
      return endedBy(signal, bound, (done) => connect(options, done) as unknown as Socket);
    },
    keepAliveTimeout: IDLE_SOCKET_MS,
    keepAliveMaxTimeout: IDLE_SOCKET_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 1,
  });
  return agent.compose((dispatch) => (request: TargetRequest, handler) => {
    signal = request.signal;
    try {
      return dispatch(request, handler);
    } finally {
      signal = undefined;
    }
  });
}

/** Makes a connection that an abort ends: the look-up of its name, the handshakes, and trying the next address. */
function endedBy(
  signal: AbortSignal | undefined,
  callback: buildConnector.Callback,
  connect: (callback: buildConnector.Callback) => Socket,
): void {
  const end = (): void => void socket.destroy(signal?.reason as Error);
  const socket = connect((...outcome) => {
    signal?.removeEventListener('abort', end);
    callback(...outcome);
  });
  signal?.addEventListener('abort', end, { once: true });
}

/**
 * Sends axios requests through undici. axios' own adapter follows redirects, reads proxy variables, and takes several
 * times the CPU a request.
 *
 * @returns an adapter whose responses have a {@link KeptBody} as `data` and plain headers
 */
function undiciAdapter(dispatcher: Dispatcher): AxiosAdapter {
  return async (config: InternalAxiosRequestConfig): Promise<AxiosResponse<KeptBody>> => {
    const { url = '', method = 'get', headers, signal } = config;
    const { origin, path } = placeOf(url);
    const exchange = new HttpExchange({
      origin,
      path,
      method: method.toUpperCase(),
      headers: (headers instanceof AxiosHeaders ? headers.toJSON() : headers) as Record<string, string>,
      body: config.data as string,
      signal: signal as AbortSignal | undefined,
    });
    const response = ({ status, headers, data }: ReceivedAnswer) => {
      return { status, statusText: '', headers, data, config, request: undefined };
    };
    try {
      return response(await exchange.send(dispatcher));
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

/** Where a URL leads. */
interface Place {
  origin: string;
  path: string;
}

/** The last webhooks' URLs, taken apart: it is done for every request, and there are far fewer URLs. */
const places = new Map<string, Place>();
const MAX_PLACES = 1_000;

function placeOf(url: string): Place {
  let place = places.get(url);
  if (!place) {
    const { origin, pathname, search } = new URL(url);
    place = { origin, path: pathname + search };
    if (places.size === MAX_PLACES) places.clear();
    places.set(url, place);
  }
  return place;
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
