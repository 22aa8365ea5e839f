import { LRUCache } from 'lru-cache';
import { Agent, Dispatcher } from 'undici';
import type { AppConfig } from '../config/app-config.js';
import type { TargetPolicy } from '../targets/target-policy.js';
import type { TargetRequest } from './http-exchange.js';
import { TargetConnector } from './target-connector.js';
import type { NameResolver } from './target-lookup.js';
import { MAX_IDENTITIES, ownIdentity, type TlsIdentity } from './tls-identity.js';

const MAX_HEADER_BYTES = 16_384;
/** Shorter than the 5 s after which Node's and other servers close an idle connection under our request. */
const IDLE_SOCKET_MS = 4_000;

interface Agents {
  keeping: Agent;
  /** Opens a connection for each request and closes it afterwards. */
  fresh: Agent;
}

/**
 * Sends requests to webhooks over HTTP/1.1: no proxy, no cookies, no redirects. The time limit is the request's signal,
 * the only thing that also ends a drip.
 *
 * Takes a {@link TargetRequest}. Connections are kept for each TLS identity, and for each `origin`, user information
 * included, which is never sent: see {@link originOf}.
 */
export class TargetDispatcher extends Dispatcher {
  private readonly connector: TargetConnector;
  private readonly own: Agents;
  /** By the ids of other identities. What an evicted one has under way goes on. */
  private readonly ofIdentities = new LRUCache<string, Agents>({
    max: MAX_IDENTITIES,
    dispose: ({ keeping, fresh }) => void Promise.all([keeping.close(), fresh.close()]),
  });
  /** Of the request that is being dispatched: undici begins its connection in the same turn, without saying for which. */
  private signal: AbortSignal | undefined;

  constructor(policy: TargetPolicy, resolver: NameResolver, config: Pick<AppConfig, 'deliveryTimeoutMs'>) {
    super();
    this.connector = new TargetConnector(policy, resolver, config);
    this.own = this.newAgents(ownIdentity());
  }

  override dispatch(request: TargetRequest, handler: Dispatcher.DispatchHandler): boolean {
    const agents = request.identity ? this.agentsOf(request.identity) : this.own;
    const agent = request.fresh ? agents.fresh : agents.keeping;
    const outer = this.signal;
    this.signal = request.signal;
    try {
      return agent.dispatch(request, handler);
    } finally {
      this.signal = outer;
    }
  }

  override async destroy(): Promise<void> {
    const all = [this.own, ...this.ofIdentities.values()];
    await Promise.all(all.flatMap(({ keeping, fresh }) => [keeping.destroy(), fresh.destroy()]));
  }

  /** Agents of their own: no connection ever carries requests of two identities. */
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
      connect: (target, callback) => this.connector.connect(target, connectTls, this.signal, callback),
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
 * The origin of a URL with the user as its user information. Agents of undici keep connections by the text of the origin:
 * no connection ever carries requests of two users.
 */
export function originOf({ protocol, host }: URL, userId: string): string {
  return `${protocol}//${encodeURIComponent(userId)}@${host}`;
}
