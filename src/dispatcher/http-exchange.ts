import type { IncomingHttpHeaders } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import { errors, type Dispatcher } from 'undici';
import { KEPT_BODY_BYTES } from '../deliveries/attempt-outcome.js';

/** A response body is read this far, so that its connection can be used again, and cut off behind. */
const READ_BODY_BYTES = 65_536;
/** In how many pieces it may come: a body in chunks of one byte takes a thousand times the CPU of a whole one. */
const READ_BODY_PIECES = 4_096;

/** What of a response's body is kept. */
export interface KeptBody {
  text: string;
  truncated: boolean;
}

export interface ReceivedAnswer {
  status: number;
  /** Repeated ones are joined by commas. */
  headers: Record<string, string>;
  data: KeptBody;
}

/** A request, and what ends the connection that may have to be made for it. */
export interface TargetRequest extends Dispatcher.DispatchOptions {
  signal?: AbortSignal | undefined;
}

/**
 * One request and its answer, as undici reports them. `undici.request` would do, but the stream it makes of each body
 * costs about as much as the rest of the request.
 */
export class HttpExchange implements Dispatcher.DispatchHandler {
  /** What came first: the status and the headers. */
  received: ReceivedAnswer | undefined;
  private resolve: (answer: ReceivedAnswer) => void = () => undefined;
  private reject: (error: unknown) => void = () => undefined;
  private controller: Dispatcher.DispatchController | undefined;
  private readonly kept: Buffer[] = [];
  private keptBytes = 0;
  private readBytes = 0;
  private readPieces = 0;
  private isCutOff = false;

  /** @param request its signal ends the exchange wherever it is: looking up the name, connecting, headers or body */
  constructor(private readonly request: TargetRequest) {}

  /**
   * Resolves when the body has come to its end, or as far as it is read. Called once.
   *
   * @throws the reason of the signal, or what undici reports
   */
  send(dispatcher: Dispatcher): Promise<ReceivedAnswer> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      this.signal?.throwIfAborted();
      this.signal?.addEventListener('abort', this.abort, { once: true });
      dispatcher.dispatch(this.request, this);
    });
  }

  /** The connection is there, perhaps one that was begun for a request before. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.signal?.aborted) this.abort();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // 1xx come before the answer, any number of them (RFC 9110, 15.2).
    if (status >= 200) this.received = { status, headers: flat(headers), data: { text: '', truncated: false } };
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.readBytes += chunk.length;
    this.readPieces += 1;
    if (this.keptBytes < KEPT_BODY_BYTES) {
      const part = chunk.subarray(0, KEPT_BODY_BYTES - this.keptBytes);
      this.kept.push(part);
      this.keptBytes += part.length;
    }
    if (this.readBytes > READ_BODY_BYTES || this.readPieces > READ_BODY_PIECES) {
      this.cutOff();
      controller.abort(new Error('The response body is longer than it is read'));
    }
  }

  onResponseEnd(): void {
    this.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.received && error instanceof errors.ResponseExceededMaxSizeError) return this.cutOff();
    this.signal?.removeEventListener('abort', this.abort);
    this.reject(error);
  }

  /** The body is too long to be read to its end; what came of it is an answer all the same. */
  private cutOff(): void {
    this.isCutOff = true;
    this.end();
  }

  private end(): void {
    this.signal?.removeEventListener('abort', this.abort);
    if (!this.received) return this.reject(new Error('The response ended before it began'));
    this.received.data = keptBody(Buffer.concat(this.kept), this.isCutOff || this.readBytes > this.keptBytes);
    this.resolve(this.received);
  }

  private get signal(): AbortSignal | undefined {
    return this.request.signal;
  }

  private readonly abort = (): void => {
    const reason = this.signal?.reason as Error;
    this.reject(reason);
    this.controller?.abort(reason);
  };
}

/**
 * The text of a body, at most as many bytes of UTF-8 as are kept of it: each byte that is none becomes a character of
 * three. A character is never cut in two.
 */
function keptBody(bytes: Buffer, isBeginning: boolean): KeptBody {
  if (bytes.length === 0) return { text: '', truncated: isBeginning };
  const text = storable(isBeginning ? wholeCharacters(bytes) : bytes.toString('utf8'));
  if (Buffer.byteLength(text) <= KEPT_BODY_BYTES) return { text, truncated: isBeginning };
  return { text: wholeCharacters(Buffer.from(text).subarray(0, KEPT_BODY_BYTES)), truncated: true };
}

function wholeCharacters(bytes: Buffer): string {
  return new StringDecoder('utf8').write(bytes);
}

/** Text that PostgreSQL can store: decoding made U+FFFD of what is not UTF-8, and so does this of NUL. */
function storable(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
}

/** Header values are Latin-1, so every one is text that PostgreSQL can store but for NUL. */
function flat(headers: IncomingHttpHeaders): Record<string, string> {
  const result: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name] ?? '';
    const text = storable(typeof value === 'string' ? value : value.join(', '));
    if (name === '__proto__') Object.defineProperty(result, name, { value: text, enumerable: true });
    else result[name] = text;
  }
  return result;
}
