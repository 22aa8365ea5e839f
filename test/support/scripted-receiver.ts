import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** The number of the request, counted from 1. */
export interface Turn {
  connection: number;
  /** Its number on its connection. */
  request: number;
}

/** The end of a request's head, and the length of its body. */
const HEAD = /^[\s\S]*?\r\ncontent-length: (\d+)(?:\r\n[^\r\n]+)*\r\n\r\n/i;

/** A TCP or TLS server that answers each request with the bytes of a script. */
export class ScriptedReceiver {
  /** The bytes of each request, in their order of arrival. */
  readonly requests: string[] = [];
  readonly sockets: Socket[] = [];

  private constructor(
    private readonly server: Server,
    private readonly scheme: string,
  ) {}

  /**
   * @param answer called with each complete request
   * @param accept called with each connection
   * @param tls makes it a TLS server
   */
  static async start(
    answer: (socket: Socket, turn: Turn) => void,
    { accept, tls }: { accept?: (socket: Socket) => void; tls?: TlsOptions } = {},
  ): Promise<ScriptedReceiver> {
    const handle = (socket: Socket): void => {
      const connection = receiver.sockets.push(socket);
      let request = 0;
      let bytes = '';
      socket.on('error', () => undefined);
      socket.on('data', (data: Buffer) => {
        bytes += data.toString('latin1');
        const [head, length] = HEAD.exec(bytes) ?? [];
        if (head === undefined || bytes.length < head.length + Number(length)) return;
        receiver.requests.push(bytes);
        bytes = '';
        request += 1;
        answer(socket, { connection, request });
      });
      accept?.(socket);
    };
    const server = tls ? createTlsServer(tls, handle) : createServer(handle);
    const receiver = new ScriptedReceiver(server, tls ? 'https' : 'http');
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `${this.scheme}://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  /** The number of connections. */
  get connections(): number {
    return this.sockets.length;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** A valid HTTP answer. */
export function answerBytes(status: number, body = '', headers = ''): string {
  return `HTTP/1.1 ${status} Whatever\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
