import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** A TCP or TLS server without HTTP, for receivers that misbehave below it. */
export class RawReceiver {
  /** The number of connections, with and without a completed TLS handshake. */
  connections = 0;
  /** The first bytes of each connection, within TLS if it is used: usually a request as sent. */
  readonly requests: string[] = [];
  private begin: () => void = () => undefined;
  /** Resolves when the first bytes have arrived on any connection. */
  readonly begun = new Promise<void>((resolve) => (this.begin = resolve));
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  /**
   * @param behave called with each connection after the first bytes of a request
   * @param tls makes it a TLS server
   */
  static async start(behave: (socket: Socket, bytes: Buffer) => void, tls?: TlsOptions): Promise<RawReceiver> {
    const handle = (socket: Socket): void => {
      socket.on('error', () => undefined);
      socket.once('data', (data: Buffer) => {
        receiver.requests.push(data.toString('latin1'));
        receiver.begin();
        behave(socket, data);
      });
    };
    const server = tls ? createTlsServer(tls, handle) : createServer(handle);
    const receiver = new RawReceiver(server);
    server.on('connection', (socket: Socket) => {
      receiver.connections += 1;
      receiver.sockets.add(socket);
      socket.on('close', () => receiver.sockets.delete(socket));
      // The other side can close the connection at any time.
      socket.on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1');
    server.unref();
    await once(server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** Writes the text repeatedly, every few milliseconds, while the connection is open. */
export function drip(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), 20);
  socket.on('close', () => clearInterval(timer));
}
