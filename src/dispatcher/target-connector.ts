import { isIP, type Socket } from 'node:net';
import { LRUCache } from 'lru-cache';
import { buildConnector } from 'undici';
import type { AppConfig } from '../config/app-config.js';
import type { TargetPolicy } from '../targets/target-policy.js';
import { withoutBrackets } from '../targets/without-brackets.js';
import { ConnectionGuard } from './connection-guard.js';
import { timeoutOf } from './deadline.js';
import type { TargetRequest } from './http-exchange.js';
import { IdleConnections } from './idle-connections.js';
import type { ProxyConnector } from './proxy-connector.js';
import { TargetRefusedError, UnaskedAnswerError } from './target-errors.js';
import { policedLookup, type NameResolver } from './target-lookup.js';
import type { TlsIdentity } from './tls-identity.js';
import { TlsTransport } from './tls-transport.js';

/**
 * The number of addresses of a name that can be tried within the deadline when none answers. By default Node.js gives up each
 * address except the last after 250 ms. A receiver on another continent, or one lost packet, takes longer.
 */
const ADDRESSES_IN_TIME = 4;
/** The limit of cached connectors. Few webhooks have a time limit of their own. */
const MAX_TCP_CONNECTORS = 100;

/** A connection that is not made is closed this long after the deadline of its attempt. */
const CONNECT_MARGIN_MS = 1_000;

/** The options of each connection. {@link TlsIdentity} has the options that all connections of an identity share. */
const TLS_OPTIONS = {
  // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED changes the default.
  rejectUnauthorized: true,
  maxCachedSessions: 0,
} as const;

type Connected = buildConnector.Callback;

/** Makes connections to webhooks, only to addresses that the policy allows: directly, or through a proxy. */
export class TargetConnector {
  private readonly idle = new IdleConnections();
  /** By the time limit of an attempt. Written and read by `tcpConnectorOf`. */
  private readonly tcpConnectors = new LRUCache<number, buildConnector.connector>({ max: MAX_TCP_CONNECTORS });
  private readonly timeout: number;

  constructor(
    private readonly policy: TargetPolicy,
    private readonly resolver: NameResolver,
    private readonly config: Pick<AppConfig, 'deliveryTimeoutMs'>,
    private readonly proxy?: ProxyConnector,
  ) {
    // Only for clean-up: the signal of the request is the deadline.
    this.timeout = config.deliveryTimeoutMs + CONNECT_MARGIN_MS;
  }

  /** The connector for the TLS part of an identity's connections. */
  tlsConnectorOf({ context }: TlsIdentity): buildConnector.connector {
    return buildConnector({ ...TLS_OPTIONS, secureContext: context, timeout: this.timeout });
  }

  /**
   * Makes a connection.
   *
   * @param connectTls see {@link tlsConnectorOf}
   * @param request its signal ends the connection while it is being made: the look-up, the handshakes, and the next address
   */
  connect(
    options: buildConnector.Options,
    connectTls: buildConnector.connector,
    request: TargetRequest | undefined,
    callback: Connected,
  ): void {
    // A socket does not look up an address. The address is checked here.
    const address = withoutBrackets(options.hostname);
    if (isIP(address) !== 0 && !this.policy.allows(address)) {
      return callback(new TargetRefusedError(`${address} is refused`), null);
    }

    const signal = request?.signal;
    let current: Socket | undefined;
    const end = (): void => void current?.destroy(signal?.reason as Error);
    const done: Connected = (...outcome) => {
      signal?.removeEventListener('abort', end);
      callback(...outcome);
    };
    const begin = (connect: buildConnector.connector, more: Partial<buildConnector.Options>, next: Connected): void => {
      // The connector of a proxy returns nothing, and ends by itself.
      current = connect({ ...options, ...more }, next) as unknown as Socket | undefined;
    };
    signal?.addEventListener('abort', end, { once: true });
    const connectTcp = this.tcpConnectorOf(request);
    if (options.protocol !== 'https:') return begin(connectTcp, {}, this.guarded(undefined, done));
    begin(connectTcp, { protocol: 'http:', port: options.port || '443' }, (...[error, tcp]) => {
      if (error) return done(error, null);
      const transport = new TlsTransport(tcp);
      begin(connectTls, { httpSocket: transport as unknown as Socket }, this.guarded(transport, done));
    });
  }

  /** The connector for an attempt. A webhook with a shorter time limit tries its addresses faster. */
  private tcpConnectorOf(request: TargetRequest | undefined): buildConnector.connector {
    const timeoutMs = timeoutOf(request?.signal) ?? this.config.deliveryTimeoutMs;
    const addressTimeMs = Math.ceil(timeoutMs / ADDRESSES_IN_TIME);
    if (this.proxy) return this.proxy.connectorOf(request, addressTimeMs);
    let connector = this.tcpConnectors.get(timeoutMs);
    if (connector === undefined) {
      connector = buildConnector({
        lookup: policedLookup(this.policy, this.resolver),
        autoSelectFamily: true,
        autoSelectFamilyAttemptTimeout: addressTimeMs,
        timeout: this.timeout,
      });
      this.tcpConnectors.set(timeoutMs, connector);
    }
    return connector;
  }

  /** Returns a connection that is open and silent. */
  private guarded(transport: TlsTransport | undefined, callback: Connected): Connected {
    return (...[error, socket]) => {
      if (error) return callback(error, null);
      transport?.secured(socket);
      // Reading begins in the next turn of the event loop. Bytes that the receiver has sent by now arrive before this
      // callback. No request was written: these bytes are not an answer.
      setImmediate(() => setImmediate(() => this.handOut(socket, transport, callback)));
    };
  }

  private handOut(socket: Socket, transport: TlsTransport | undefined, callback: Connected): void {
    if (socket.destroyed) return callback(socket.errored ?? new ClosedError(), null);
    if (socket.readableLength > 0) {
      socket.destroy();
      return callback(new UnaskedAnswerError(), null);
    }
    new ConnectionGuard(socket, this.idle, transport, this.proxy?.answered);
    callback(null, socket);
  }
}

/** Replaces undici's own error: after that code, undici would connect without end. */
class ClosedError extends Error {
  readonly code = 'ECONNRESET';
}
