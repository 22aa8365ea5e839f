import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Answers a CONNECT request: a status, a function that writes to the connection, or `tunnel`. */
export type ProxyAnswer = number | 'tunnel' | ((client: Duplex) => void);

interface ProxyOptions {
  /** Makes it an HTTPS server. */
  tls?: ServerOptions;
  /** The required value of `Proxy-Authorization`. */
  authorization?: string;
  /** The port; a free one by default. */
  port?: number;
}

/** A real HTTP proxy on loopback, which tunnels connections. A target that it can't reach gets 502. */
export class ConnectProxy {
  /** The target of each CONNECT request, as it was requested. */
  readonly asked: string[] = [];
  /** The raw headers of each CONNECT request. */
  readonly headers: IncomingMessage['headers'][] = [];
  /** The number of connections to the proxy. */
  connections = 0;
  /** The answer to further CONNECT requests, by the host of the target. `tunnel` for all others. */
  readonly answers = new Map<string, ProxyAnswer>();
  /** The answer to targets without an entry in `answers`. */
  answer: ProxyAnswer = 'tunnel';
  private readonly sockets = new Set<Duplex>();

  private constructor(
    private readonly server: Server,
    private readonly options: ProxyOptions,
  ) {}

  static async start(options: ProxyOptions = {}): Promise<ConnectProxy> {
    const server = options.tls ? createTlsServer(options.tls) : createServer();
    const proxy = new ConnectProxy(server, options);
    server.on('connection', (socket: Socket) => {
      proxy.connections += 1;
      proxy.keep(socket);
    });
    server.on('connect', (request: IncomingMessage, client: Duplex) => proxy.connect(request, client));
    server.listen(options.port ?? 0, '127.0.0.1').unref();
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** @param credentials such as `user:password@` */
  url(credentials = ''): string {
    return `${this.options.tls ? 'https' : 'http'}://${credentials}127.0.0.1:${this.port}`;
  }

  /** Closes all connections and stops listening. */
  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private connect(request: IncomingMessage, client: Duplex): void {
    this.keep(client);
    const authority = request.url ?? '';
    this.asked.push(authority);
    this.headers.push(request.headers);
    const { hostname, port } = new URL(`http://${authority}`);
    const { authorization } = this.options;
    const isKnown = authorization === undefined || request.headers['proxy-authorization'] === authorization;
    const answer = isKnown ? (this.answers.get(hostname) ?? this.answer) : 407;
    if (typeof answer === 'function') return answer(client);
    if (answer !== 'tunnel') return void client.end(`HTTP/1.1 ${answer} Whatever\r\ncontent-length: 3\r\n\r\nno\n`);
    const target = connect(Number(port || 80), hostname.replace(/[[\]]/g, ''));
    this.keep(target);
    target.once('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(target).pipe(client);
    });
    target.once('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    client.once('close', () => target.destroy());
    target.once('close', () => client.end());
  }

  private keep(socket: Duplex): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
  }
}
