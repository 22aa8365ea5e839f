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
  /** The headers of the next responses. */
  headers: Record<string, string> = {};
  /** The requests, each with its answer. */
  readonly arrivals: { extractionId: string | undefined; manner: Manner }[] = [];
  private taken = 0;

  private constructor(private readonly server: WebServer) {}

  static async start(): Promise<Receiver> {
    const answer = ({ body }: ReceivedRequest, response: ServerResponse): void => {
      const { manner, headers } = receiver;
      const { data } = JSON.parse(body) as { data: { id?: string } };
      receiver.arrivals.push({ extractionId: data.id, manner });
      if (manner !== 'hold') response.writeHead(manner, headers).end();
    };
    const receiver = new Receiver(await WebServer.start(answer));
    return receiver;
  }

  get url(): string {
    return this.server.url;
  }

  /** The extractions of the requests that were answered with 200. */
  get accepted(): Set<string> {
    return new Set(this.arrivals.flatMap(({ extractionId, manner }) => (manner === 200 ? (extractionId ?? []) : [])));
  }

  /** Waits for a request with such an answer. */
  async until(wanted: (arrival: Receiver['arrivals'][number]) => boolean): Promise<void> {
    while (!this.arrivals.some(wanted)) await this.next();
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
