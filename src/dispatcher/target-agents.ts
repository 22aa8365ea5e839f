import { LRUCache } from 'lru-cache';
import { Agent, Dispatcher } from 'undici';
import type { AppConfig } from '../config/app-config.js';
import type { TargetPolicy } from '../targets/target-policy.js';
import type { TargetRequest } from './http-exchange.js';
import type { ProxyConnector } from './proxy-connector.js';
import { TargetConnector } from './target-connector.js';
import type { NameResolver } from './target-lookup.js';
import { MAX_IDENTITIES, ownIdentity, type TlsIdentity } from './tls-identity.js';

const MAX_HEADER_BYTES = 16_384;
/** Shorter than the 5 s after which Node.js and other servers close an idle connection, even if a request arrives then. */
const IDLE_SOCKET_MS = 4_000;

interface Agents {
  keeping: Agent;
  /** Opens a connection for each request, and closes it after the answer. */
  fresh: Agent;
}

/**
 * The agents of undici that send requests to webhooks. Together they are one `Dispatcher` of undici, which sends over HTTP/1.1,
 * without a proxy of the environment, cookies or redirects. The only time limit is the signal of the request: it also ends an
 * answer that arrives byte by byte.
 *
 * The request is a {@link TargetRequest}. Each TLS identity and each `origin` has separate connections. The user information
 * of the origin is never sent: see {@link originOf}.
 */
export class TargetAgents extends Dispatcher {
  private readonly connector: TargetConnector;
  private readonly own: Agents;
  /** The agents of other identities, by their ids. Requests of an evicted identity continue. */
  private readonly ofIdentities = new LRUCache<string, Agents>({
    max: MAX_IDENTITIES,
    dispose: ({ keeping, fresh }) => void Promise.all([keeping.close(), fresh.close()]),
  });
  /**
   * The request that is being dispatched. undici begins its connection in the same turn of the event loop, and does not name
   * the request.
   */
  private current: TargetRequest | undefined;

  /** @param proxy makes all connections. Without it, they are direct */
  constructor(
    policy: TargetPolicy,
    resolver: NameResolver,
    config: Pick<AppConfig, 'deliveryTimeoutMs'>,
    proxy?: ProxyConnector,
  ) {
    super();
    this.connector = new TargetConnector(policy, resolver, config, proxy);
    this.own = this.newAgents(ownIdentity());
  }

  override dispatch(request: TargetRequest, handler: Dispatcher.DispatchHandler): boolean {
    const agents = request.identity ? this.agentsOf(request.identity) : this.own;
    const agent = request.fresh ? agents.fresh : agents.keeping;
    const outer = this.current;
    this.current = request;
    try {
      return agent.dispatch(request, handler);
    } finally {
      this.current = outer;
    }
  }

  override async destroy(): Promise<void> {
    const all = [this.own, ...this.ofIdentities.values()];
    await Promise.all(all.flatMap(({ keeping, fresh }) => [keeping.destroy(), fresh.destroy()]));
  }

  /** The agents of an identity. No connection ever carries requests of two identities. */
  private agentsOf(identity: TlsIdentity): Agents {
    let agents = this.ofIdentities.get(identity.id);
    if (!agents) {
      agents = this.newAgents(identity);
      this.ofIdentities.set(identity.id, agents);
    }
    return agents;
  }

  private newAgents(identity: TlsIdentity): Agents {
    const connectTls = this.connector.tlsConnectorOf(identity);
    const options: Agent.Options = {
      connect: (target, callback) => this.connector.connect(target, connectTls, this.current, callback),
      keepAliveTimeout: IDLE_SOCKET_MS,
      keepAliveMaxTimeout: IDLE_SOCKET_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    return { keeping: new Agent({ ...options, pipelining: 1 }), fresh: new Agent({ ...options, pipelining: 0 }) };
  }
}

/**
 * The origin of a URL, with the user and the id of an authentication as its user information. Agents of undici have separate
 * connections for each text of an origin: no connection ever carries requests of two users, or of two authentications.
 *
 * @param authId characters of base64url
 */
export function originOf({ protocol, host }: URL, userId: string, authId?: string): string {
  const owner = encodeURIComponent(userId);
  return `${protocol}//${authId === undefined ? owner : `${owner}:${authId}`}@${host}`;
}
