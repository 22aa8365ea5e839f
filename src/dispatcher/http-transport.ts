import {
  AxiosError,
  AxiosHeaders,
  type AxiosAdapter,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import { isIP } from 'node:net';
import { Agent, buildConnector, request, type Dispatcher } from 'undici';
import type { AppConfig } from '../config/app-config.js';
import { KEPT_BODY_BYTES } from '../deliveries/attempt-outcome.js';
import type { TargetPolicy } from '../targets/target-policy.js';
import { TargetRefusedError } from './target-errors.js';
import { policedLookup, type NameResolver } from './target-lookup.js';

/** A response body is read this far, so that its connection can be used again, and cut off behind. */
const READ_BODY_BYTES = 65_536;
const MAX_HEADER_BYTES = 16_384;
/** Shorter than the 5 s after which Node's and other servers close an idle connection under our request. */
const IDLE_SOCKET_MS = 4_000;

/** How long behind its attempt's deadline a connection that is not made by then is closed. */
const CONNECT_MARGIN_MS = 1_000;

/** What of a response's body is kept. */
export interface KeptBody {
  text: string;
  truncated: boolean;
}

/**
 * Connections to webhooks: only to addresses the policy allows, TLS 1.2 or newer with checked certificates, HTTP/1.1,
 * no proxy, no cookies, no redirects. The time limit is the caller's signal, the only thing that also ends a drip;
 * the one on connecting only cleans up behind it.
 */
export function createAgent(
  policy: TargetPolicy,
  resolver: NameResolver,
  { deliveryTimeoutMs }: Pick<AppConfig, 'deliveryTimeoutMs'>,
): Agent {
  const connect = buildConnector({
    lookup: policedLookup(policy, resolver),
    minVersion: 'TLSv1.2',
    autoSelectFamily: true,
    timeout: deliveryTimeoutMs + CONNECT_MARGIN_MS,
  });
  return new Agent({
    connect: (options, callback) => {
      // A socket does not ask for the address of an address: it is checked here.
      const address = options.hostname.replace(/^\[(.*)\]$/, '$1');
      if (isIP(address) !== 0 && !policy.allows(address)) {
        return callback(new TargetRefusedError(`${address} is refused`), null);
      }
      return connect(options, callback);
    },
    keepAliveTimeout: IDLE_SOCKET_MS,
    keepAliveMaxTimeout: IDLE_SOCKET_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 1,
  });
}

/**
 * Sends axios requests through undici. axios' own adapter follows redirects, reads proxy variables, and takes about
 * three times the CPU a request.
 *
 * @returns an adapter whose responses have a {@link KeptBody} as `data`
 */
export function undiciAdapter(dispatcher: Dispatcher): AxiosAdapter {
  return async (config: InternalAxiosRequestConfig): Promise<AxiosResponse<KeptBody>> => {
    const signal = config.signal as AbortSignal | undefined;
    const answer = request(config.url ?? '', {
      dispatcher,
      method: (config.method ?? 'get').toUpperCase(),
      headers: config.headers.toJSON() as Record<string, string>,
      body: config.data as string,
      signal: signal ?? null,
    });
    const { statusCode, headers, body } = await untilAborted(answer, signal);
    const response = {
      status: statusCode,
      statusText: '',
      headers: new AxiosHeaders(flat(headers)),
      config,
      request: undefined,
    };
    try {
      return { ...response, data: await readBody(body) };
    } catch (error) {
      // The status came and the body did not: whoever reads the log wants to know both.
      const broken = new AxiosError('The response body broke off', undefined, config, undefined, {
        ...response,
        data: { text: '', truncated: true },
      });
      broken.cause = error as Error;
      throw broken;
    }
  };
}

/** undici hears a signal only once it is connected: without this, a handshake that hangs would outlive the deadline. */
function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  return new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });
}

async function readBody(body: Dispatcher.ResponseData['body']): Promise<KeptBody> {
  const kept: Buffer[] = [];
  let read = 0;
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (size < KEPT_BODY_BYTES) {
      const part = chunk.subarray(0, KEPT_BODY_BYTES - size);
      kept.push(part);
      size += part.length;
    }
    read += chunk.length;
    if (read > READ_BODY_BYTES) break; // Leaving the loop ends the connection.
  }
  return { text: storableText(Buffer.concat(kept)), truncated: read > size };
}

/** Text that PostgreSQL can store: what is not UTF-8, and NUL, becomes U+FFFD. */
function storableText(bytes: Buffer): string {
  return bytes.toString('utf8').replaceAll('\0', '\uFFFD');
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, storableText(Buffer.from([value].flat().join(', ')))]),
  );
}
