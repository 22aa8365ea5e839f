import type { ServerResponse } from 'node:http';
import { Receiver as WebServer, type ReceivedRequest } from '../test/support/receiver.js';
import { Unexpected } from './print.js';

/** A received request. The signatures cover the text of its body: parse the body only after verifying. */
export interface Arrival extends ReceivedRequest {
  headers: Record<string, string>;
}

/** The status of the response, or `hold` to keep the sender waiting. */
type Manner = number | 'hold';

const PATIENCE_MS = 30_000;

/** A small web server that receives webhooks, as a customer's does. */
export class Receiver {
  /** Applies to the next requests. */
  manner: Manner = 200;
  private taken = 0;

  private constructor(private readonly server: WebServer) {}

  static async start(): Promise<Receiver> {
    const answer = (_request: ReceivedRequest, response: ServerResponse): void => {
      if (receiver.manner !== 'hold') response.writeHead(receiver.manner).end();
    };
    const receiver = new Receiver(await WebServer.start(answer));
    return receiver;
  }

  get url(): string {
    return this.server.url;
  }

  /** The next request, in the order of arrival. */
  async next(): Promise<Arrival> {
    const requests = await this.server.received(this.taken + 1, PATIENCE_MS).catch(() => {
      throw new Unexpected('a request arrives', `one within ${PATIENCE_MS / 1_000} s`, 'none');
    });
    this.taken += 1;
    return requests.at(-1) as Arrival;
  }

  stop(): Promise<void> {
    return this.server.close();
  }
}
