import { Agent, Dispatcher } from 'undici';
import type { AppConfig } from '../config/app-config.js';
import type { TargetPolicy } from '../targets/target-policy.js';
import type { TargetRequest } from './http-exchange.js';
import { TargetConnector } from './target-connector.js';
import type { NameResolver } from './target-lookup.js';

const MAX_HEADER_BYTES = 16_384;
/** Shorter than the 5 s after which Node's and other servers close an idle connection under our request. */
const IDLE_SOCKET_MS = 4_000;

/**
 * Sends requests to webhooks over HTTP/1.1: no proxy, no cookies, no redirects. The time limit is the request's signal,
 * the only thing that also ends a drip.
 *
 * Takes a {@link TargetRequest}. Connections are kept for each `origin`, user information included, which is never sent:
 * see {@link originOf}.
 */
export class TargetDispatcher extends Dispatcher {
  private readonly keeping: Agent;
  /** Opens a connection for each request and closes it afterwards. */
  private readonly fresh: Agent;
  /** Of the request that is being dispatched: undici begins its connection in the same turn, without saying for which. */
  private signal: AbortSignal | undefined;

  constructor(policy: TargetPolicy, resolver: NameResolver, config: Pick<AppConfig, 'deliveryTimeoutMs'>) {
    super();
    const connector = new TargetConnector(policy, resolver, config);
    const options: Agent.Options = {
      connect: (target, callback) => connector.connect(target, this.signal, callback),
      keepAliveTimeout: IDLE_SOCKET_MS,
      keepAliveMaxTimeout: IDLE_SOCKET_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    this.keeping = new Agent({ ...options, pipelining: 1 });
    this.fresh = new Agent({ ...options, pipelining: 0 });
  }

  override dispatch(request: TargetRequest, handler: Dispatcher.DispatchHandler): boolean {
    const agent = request.fresh ? this.fresh : this.keeping;
    const outer = this.signal;
    this.signal = request.signal;
    try {
      return agent.dispatch(request, handler);
    } finally {
      this.signal = outer;
    }
  }

  override async destroy(): Promise<void> {
    await Promise.all([this.keeping.destroy(), this.fresh.destroy()]);
  }
}

/**
 * The origin of a URL with the user as its user information. Agents of undici keep connections by the text of the origin:
 * no connection ever carries requests of two users.
 */
export function originOf({ protocol, host }: URL, userId: string): string {
  return `${protocol}//${encodeURIComponent(userId)}@${host}`;
}
