import { isIP, type LookupFunction, type Socket } from 'node:net';
import type { buildConnector } from 'undici';
import { withoutBrackets } from '../targets/without-brackets.js';
import type { TargetRequest } from './http-exchange.js';
import { NoTunnelError, ProxyFaultError, type HttpProxy } from './http-proxy.js';
import type { ProxyHealth } from './proxy-health.js';
import { ProxiedTargetError } from './target-errors.js';

/** The target of a connection, as undici names it. */
type TargetOfConnection = Pick<buildConnector.Options, 'hostname' | 'port' | 'protocol'>;

/**
 * Makes the TCP connections to webhooks through a proxy. The name of a target is resolved and checked here. The proxy gets only
 * an address that the policy allowed, and never a name.
 */
export class ProxyConnector {
  /** @param lookup resolves a name, and fails if the policy refuses one of its addresses */
  constructor(
    private readonly proxy: HttpProxy,
    private readonly health: ProxyHealth,
    private readonly lookup: LookupFunction,
  ) {}

  /** A receiver answered through a tunnel. */
  readonly answered = (): void => this.health.worked();

  /**
   * The connector of one request.
   *
   * @param request its signal ends the connection that is being made. Its `lateError` is set meanwhile
   * @param addressTimeMs the time for one address when there is another one
   */
  connectorOf(request: TargetRequest | undefined, addressTimeMs: number): buildConnector.connector {
    return (target, callback) => {
      this.open(target, new Tunnel(request), addressTimeMs).then(
        (socket) => callback(null, socket),
        (error: Error) => callback(error, null),
      );
    };
  }

  private async open(target: TargetOfConnection, tunnel: Tunnel, addressTimeMs: number): Promise<Socket> {
    const hostname = withoutBrackets(target.hostname);
    const port = target.port || (target.protocol === 'https:' ? '443' : '80');
    try {
      // The caller has checked a literal address.
      const addresses = isIP(hostname) === 0 ? await this.addressesOf(hostname) : [hostname];
      for (const [index, address] of addresses.entries()) {
        const isLast = index === addresses.length - 1;
        const since = performance.now();
        try {
          return await this.openTo(address, port, tunnel, isLast ? undefined : addressTimeMs);
        } catch (error) {
          tunnel.throwIfAborted();
          if (error instanceof ProxyFaultError) throw this.health.faultError(error);
          if (!(error instanceof NoTunnelError)) throw error;
          if (isLast) throw this.health.tunnelError(address, since, error);
        }
      }
      throw new NoTunnelError();
    } finally {
      tunnel.end();
    }
  }

  private async openTo(address: string, port: string, tunnel: Tunnel, timeMs: number | undefined): Promise<Socket> {
    const { health, proxy } = this;
    tunnel.throwIfAborted();
    tunnel.lateError = () => health.lateError('the connection to it took too long');
    const socket = await proxy.connect((connecting) => tunnel.use(connecting));
    const since = performance.now();
    const before = socket.bytesRead;
    tunnel.lateError = () =>
      socket.bytesRead > before
        ? health.lateError('its answer to CONNECT did not end')
        : lateVerdict(health.tunnelError(address, since, new NoTunnelError()));
    const timer =
      timeMs === undefined ? undefined : setTimeout(() => socket.destroy(new NoTunnelError()), timeMs).unref();
    try {
      await proxy.requestTunnel(socket, isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`);
    } finally {
      clearTimeout(timer);
    }
    health.opened();
    return socket;
  }

  /** Resolves a name. Addresses of both families take turns, because one family may not work. */
  private async addressesOf(hostname: string): Promise<string[]> {
    const found = await new Promise<{ address: string; family: number }[]>((resolve, reject) => {
      this.lookup(hostname, { all: true }, (error, addresses) => {
        if (error) reject(error);
        else resolve(addresses as { address: string; family: number }[]);
      });
    });
    const places = new Map<number, number>();
    const placed = found.map(({ address, family }) => {
      const place = places.get(family) ?? 0;
      places.set(family, place + 1);
      return { address, place };
    });
    return placed.sort((a, b) => a.place - b.place).map(({ address }) => address);
  }
}

/** A target that does not answer the proxy in time has the timeout of any target as its error. */
function lateVerdict(error: Error): Error | undefined {
  return error instanceof ProxiedTargetError ? undefined : error;
}

/** A tunnel that is being made for a request. The signal of the request ends it. */
class Tunnel {
  private socket: Socket | undefined;

  constructor(private readonly request: TargetRequest | undefined) {
    request?.signal?.addEventListener('abort', this.abort, { once: true });
  }

  /** @param error the error of the request at its deadline. Undefined: the timeout */
  set lateError(error: (() => Error | undefined) | undefined) {
    if (this.request) this.request.lateError = error;
  }

  use(socket: Socket): void {
    this.socket = socket;
  }

  throwIfAborted(): void {
    this.request?.signal?.throwIfAborted();
  }

  end(): void {
    this.lateError = undefined;
    this.request?.signal?.removeEventListener('abort', this.abort);
  }

  private readonly abort = (): void => {
    this.socket?.destroy(this.request?.signal?.reason as Error);
  };
}
