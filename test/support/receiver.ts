import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A request that a receiver got. */
export interface ReceivedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** The bytes before any parsing, over which a signature is made. */
  body: string;
}

type Responder = (request: ReceivedRequest, response: ServerResponse, number: number) => void;

/** A real HTTP server that keeps its requests in their order of arrival. */
export class Receiver {
  readonly requests: ReceivedRequest[] = [];
  private readonly waiting: { count: number; resolve: () => void }[] = [];

  private constructor(
    private readonly server: Server,
    private readonly scheme: 'http' | 'https',
  ) {}

  /**
   * @param respond answers a request; 200 with an empty body by default. The number counts requests from 1
   * @param tls makes it an HTTPS server
   */
  static async start(
    respond: Responder = (_request, response) => response.end(),
    tls?: ServerOptions,
  ): Promise<Receiver> {
    const handle: RequestListener = (incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const { method = '', url: path = '', headers } = incoming;
        const request = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') };
        receiver.requests.push(request);
        respond(request, response, receiver.requests.length);
        receiver.notify();
      });
    };
    const server = tls ? createTlsServer(tls, handle) : createServer(handle);
    const receiver = new Receiver(server, tls ? 'https' : 'http');
    server.listen(0, '127.0.0.1');
    // A receiver that a failed test did not close must not keep the run from ending.
    server.unref();
    await once(server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The URL of the receiver, on loopback. */
  get url(): string {
    return `${this.scheme}://127.0.0.1:${this.port}/webhooks/docmap`;
  }

  /** Resolves with the first `count` requests after they have arrived. */
  async received(count: number, timeoutMs = 15_000): Promise<ReceivedRequest[]> {
    if (this.requests.length < count) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`${this.requests.length} of ${count} requests came in ${timeoutMs} ms`)),
          timeoutMs,
        );
        this.waiting.push({
          count,
          resolve: () => {
            clearTimeout(timer);
            resolve();
          },
        });
      });
    }
    return this.requests.slice(0, count);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private notify(): void {
    for (const waiter of this.waiting) if (this.requests.length >= waiter.count) waiter.resolve();
  }
}
