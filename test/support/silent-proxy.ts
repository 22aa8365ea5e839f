import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * A TCP path to a server that can go silent, as when a network link is down. Connections stay open and new ones are
 * accepted, but no data passes. Connections from before stay dead after the path is restored.
 */
export class SilentProxy {
  private readonly sockets = new Set<Socket>();
  private silent = false;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {}

  /** @param target the host and port of a URL */
  static async start(target: string): Promise<SilentProxy> {
    const server = createServer({ pauseOnConnect: true });
    const proxy = new SilentProxy(server, new URL(target));
    server.on('connection', (socket) => proxy.forward(socket));
    server.listen(0, '127.0.0.1').unref();
    await once(server, 'listening');
    return proxy;
  }

  /** The URL of the same database through the proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  goSilent(): void {
    this.silent = true;
    for (const socket of this.sockets) socket.pause().unpipe();
  }

  /** Forwards new connections again. */
  comeBack(): void {
    this.silent = false;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private forward(socket: Socket): void {
    this.keep(socket);
    if (this.silent) return;
    const upstream = connect(Number(this.target.port || 5432), this.target.hostname);
    this.keep(upstream);
    socket.pipe(upstream).pipe(socket);
    socket.on('close', () => upstream.destroy());
    upstream.on('close', () => !this.silent && socket.destroy());
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
  }
}
