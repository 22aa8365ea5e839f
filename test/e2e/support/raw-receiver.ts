import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP server without HTTP, for receivers that misbehave below it. */
export class RawReceiver {
  /** Connections that were made to it. */
  connections = 0;
  private begin: () => void = () => undefined;
  /** Resolves when the first bytes have come on any connection. */
  readonly begun = new Promise<void>((resolve) => (this.begin = resolve));
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  /** @param behave is called with each connection, once the first bytes of a request have come on it */
  static async start(behave: (socket: Socket) => void): Promise<RawReceiver> {
    const server = createServer((socket) => {
      receiver.connections += 1;
      receiver.sockets.add(socket);
      socket.on('close', () => receiver.sockets.delete(socket));
      // The other side hangs up whenever it has had enough.
      socket.on('error', () => undefined);
      socket.once('data', () => {
        receiver.begin();
        behave(socket);
      });
    });
    const receiver = new RawReceiver(server);
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

/** Writes the text again and again, every few milliseconds, for as long as the connection lives. */
export function drip(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), 20);
  socket.on('close', () => clearInterval(timer));
}
