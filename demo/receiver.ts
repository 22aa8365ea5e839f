import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Unexpected } from './print.js';

/** A received request. */
export interface Arrival {
  headers: Record<string, string>;
  /** The exact bytes, as text. The signatures cover them: parse the body only after verifying. */
  body: string;
}

/** The status of the response, or `hold` to keep the sender waiting. */
type Manner = number | 'hold';

const PATIENCE_MS = 30_000;

/** A small web server that receives webhooks, as a customer's does. */
export class Receiver {
  /** Applies to the next requests. */
  manner: Manner = 200;
  private readonly arrived: Arrival[] = [];
  private readonly held: ServerResponse[] = [];
  private taken = 0;
  private wakeUp: () => void = () => undefined;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Receiver> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        receiver.accept(
          { headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString() },
          response,
        );
      });
    });
    const receiver = new Receiver(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/webhooks/docmap`;
  }

  /** The next request, in the order of arrival. */
  async next(): Promise<Arrival> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const arrival = this.arrived[this.taken];
      if (arrival) {
        this.taken += 1;
        return arrival;
      }
      if (Date.now() >= end) throw new Unexpected('a request arrives', `one within ${PATIENCE_MS / 1_000} s`, 'none');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, end - Date.now());
        this.wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private accept(arrival: Arrival, response: ServerResponse): void {
    if (this.manner === 'hold') this.held.push(response);
    else response.writeHead(this.manner).end();
    this.arrived.push(arrival);
    this.wakeUp();
  }
}
