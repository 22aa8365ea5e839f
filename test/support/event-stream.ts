import { once } from 'node:events';
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { StringDecoder } from 'node:string_decoder';

/** An event as the HTML Standard dispatches it. */
export interface StreamedEvent {
  /** The last event id of the stream at this event. */
  id: string;
  event: string;
  data: string;
}

interface OpenOptions {
  /** Appended to the path of the stream, with `?`. */
  query?: string;
  lastEventId?: string | undefined;
  method?: string;
  headers?: Record<string, string>;
}

/**
 * A client of `GET /v1/events/stream` that parses by the rules of the HTML Standard ("Interpreting an event stream") and keeps
 * everything that it got.
 */
export class EventStreamClient {
  readonly events: StreamedEvent[] = [];
  readonly comments: string[] = [];
  retryMs: number | undefined;
  lastEventId = '';
  /** Whether the response has ended or broken off. */
  isEnded = false;
  private readonly waiting = new Set<() => void>();
  private rest = '';
  private type = '';
  private idBuffer = '';
  private data: string[] = [];

  private constructor(private readonly response: IncomingMessage) {
    const decoder = new StringDecoder('utf8');
    response.on('data', (chunk: Buffer) => this.parse(decoder.write(chunk)));
    response.on('error', () => undefined);
    response.on('close', () => {
      this.isEnded = true;
      this.notify();
    });
  }

  /** Resolves when the head of the response has arrived. */
  static async open(
    { url, key }: { url: string; key: string },
    { query = '', lastEventId, method = 'GET', headers = {} }: OpenOptions = {},
  ): Promise<EventStreamClient> {
    const outgoing = request(`${url}/v1/events/stream${query === '' ? '' : `?${query}`}`, {
      method,
      agent: false,
      headers: {
        authorization: `Bearer ${key}`,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
        ...headers,
      },
    });
    outgoing.end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return new EventStreamClient(response);
  }

  get status(): number {
    return this.response.statusCode ?? 0;
  }

  get headers(): IncomingHttpHeaders {
    return this.response.headers;
  }

  /** The ids of all events except `error`, which has none of its own. */
  get ids(): string[] {
    return this.events.filter(({ event }) => event !== 'error').map(({ id }) => id);
  }

  /** The rest of the response as text, for refusals. */
  async text(): Promise<string> {
    await this.end();
    return this.rest;
  }

  /** Waits for a number of events, and returns all. */
  async received(count: number, timeoutMs?: number): Promise<StreamedEvent[]> {
    await this.until(() => this.events.length >= count, `${count} events`, timeoutMs);
    return this.events;
  }

  /** Waits until the server ends the response. */
  end(timeoutMs?: number): Promise<void> {
    return this.until(() => this.isEnded, 'the end of the stream', timeoutMs);
  }

  async until(holds: () => boolean, what: string, timeoutMs = 15_000): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!holds()) {
      const left = end - performance.now();
      if (left <= 0 || (this.isEnded && what !== 'the end of the stream')) {
        throw new Error(
          `Waited for ${what}, and got ${this.events.length} events${this.isEnded ? ' and the end' : ''}`,
        );
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Stops to read, as a client does that hangs. */
  pause(): void {
    this.response.pause();
  }

  resume(): void {
    this.response.resume();
  }

  /** Breaks the connection off. */
  close(): void {
    this.response.destroy();
  }

  private parse(text: string): void {
    this.rest += text;
    for (let match = /\r\n|\n|\r/.exec(this.rest); match; match = /\r\n|\n|\r/.exec(this.rest)) {
      const line = this.rest.slice(0, match.index);
      this.rest = this.rest.slice(match.index + match[0].length);
      this.line(line);
    }
    this.notify();
  }

  private line(line: string): void {
    if (line === '') {
      this.lastEventId = this.idBuffer;
      if (this.data.length > 0) {
        this.events.push({ id: this.lastEventId, event: this.type || 'message', data: this.data.join('\n') });
      }
      this.data = [];
      this.type = '';
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return void this.comments.push(line.slice(1).trim());
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.type = value;
    else if (field === 'data') this.data.push(value);
    else if (field === 'id') this.idBuffer = value;
    else if (field === 'retry') this.retryMs = Number(value);
  }

  private notify(): void {
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }
}
