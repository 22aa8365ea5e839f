import type { IncomingHttpHeaders } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import { errors, type Dispatcher } from 'undici';
import { KEPT_BODY_BYTES } from '../queue/attempt-outcome.js';
import { ConnectionGuard, type GuardedRequest } from './connection-guard.js';
import { DeadlineError } from './target-errors.js';
import type { TlsIdentity } from './tls-identity.js';

/** The limit of a body that is read to its end, which keeps its connection usable. A longer body is cut off. */
const READ_BODY_BYTES = 65_536;
/** The limit of pieces of a body. Chunks of one byte take a thousand times the CPU of a body in one piece. */
const READ_BODY_PIECES = 4_096;

/** The kept part of a response body. */
export interface KeptBody {
  text: string;
  truncated: boolean;
}

export interface ReceivedAnswer {
  status: number;
  /** Repeated headers are joined by commas. */
  headers: Record<string, string>;
  data: KeptBody;
}

/** A request to a webhook. */
export interface TargetRequest extends Dispatcher.DispatchOptions {
  /** Ends the request, and the connection that is being made for it. */
  signal?: AbortSignal | undefined;
  /** Whether the request needs a new connection. */
  fresh?: boolean;
  /** The identity of the connection. Without it, the service's own identity. */
  identity?: TlsIdentity | undefined;
  /** The error at the deadline, while a proxy makes the connection. It and the result may be undefined: the timeout. */
  lateError?: (() => Error | undefined) | undefined;
}

/** Statuses of answers without a body, with any headers (RFC 9112, section 6.3). */
const BODILESS = new Set([204, 304]);

/**
 * One request and its answer, as undici reports them. `undici.request` is not used: it makes a stream of each body, which
 * costs about as much as the rest of the request.
 *
 * A 2xx status is a success, even if its body breaks off. A request that a kept connection lost is sent once more, on a new
 * connection. The receiver may have got it: then it gets the event twice, although nothing crashed.
 *
 * The endings:
 *
 * - `end`: the body has ended. Resolves with the answer.
 * - `cutOff`: the body is not read to its end. Ends, and marks the body as truncated.
 * - `breakOff`: an error or the signal ends the exchange. Ends or cuts off if the answer counts, and otherwise does nothing.
 * - `abort`: the signal aborts. Breaks off or rejects, and ends the request in undici.
 * - `stop`: the exchange has its result. Removes the listener of the signal.
 */
export class HttpExchange implements Dispatcher.DispatchHandler, GuardedRequest {
  /** The answer, as soon as its status and headers are received. */
  received: ReceivedAnswer | undefined;
  connection: ConnectionGuard | undefined;
  private dispatcher: Dispatcher | undefined;
  private isRepeated = false;
  private resolve: (answer: ReceivedAnswer) => void = () => undefined;
  private reject: (error: unknown) => void = () => undefined;
  private controller: Dispatcher.DispatchController | undefined;
  private readonly kept: Buffer[] = [];
  private keptBytes = 0;
  private readBytes = 0;
  private readPieces = 0;
  private isCutOff = false;

  /** @param request its signal ends the exchange at any point: name look-up, connection, headers or body */
  constructor(private request: TargetRequest) {}

  /**
   * Resolves when the body has ended, or has reached the limit. Called once.
   *
   * @throws the reason of the signal, or the error of undici
   */
  send(dispatcher: Dispatcher): Promise<ReceivedAnswer> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      this.signal?.throwIfAborted();
      this.signal?.addEventListener('abort', this.abort, { once: true });
      this.dispatcher = dispatcher;
      dispatcher.dispatch(this.request, this);
    });
  }

  /** undici has a connection. It may have been made for an earlier request. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.signal?.aborted) this.abort();
    else ConnectionGuard.starting = this;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.received = answerOf(status, headers);
    this.connection?.headReceived();
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
    this.connection?.release();
    this.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (!this.received && this.connection?.lostRequest && !this.isRepeated && !this.signal?.aborted) {
      return this.repeat();
    }
    if (!this.received && isParserError(error)) {
      const head = this.connection?.contradictoryHead;
      if (head) this.received = answerOf(head.status, head.headers);
    }
    if (!this.breakOff(error)) {
      this.stop();
      this.reject(error);
    }
  }

  /** Sends the request again, on a new connection. */
  private repeat(): void {
    this.isRepeated = true;
    this.connection = undefined;
    this.request = { ...this.request, fresh: true };
    try {
      this.dispatcher?.dispatch(this.request, this);
    } catch (error) {
      this.stop();
      this.reject(error);
    }
  }

  /**
   * Ends the exchange before the end of the body.
   *
   * @returns whether the answer counts nevertheless
   */
  private breakOff(error: unknown): boolean {
    if (!this.received) return false;
    const { status } = this.received;
    const isTooLong = error instanceof errors.ResponseExceededMaxSizeError;
    if (BODILESS.has(status)) this.end();
    else if (isTooLong || (status >= 200 && status < 300)) this.cutOff();
    else return false;
    return true;
  }

  private cutOff(): void {
    this.isCutOff = true;
    this.end();
  }

  private end(): void {
    this.stop();
    if (!this.received) return this.reject(new Error('The response ended before it began'));
    this.received.data = keptBody(Buffer.concat(this.kept), this.isCutOff || this.readBytes > this.keptBytes);
    this.resolve(this.received);
  }

  private stop(): void {
    this.signal?.removeEventListener('abort', this.abort);
  }

  private get signal(): AbortSignal | undefined {
    return this.request.signal;
  }

  private readonly abort = (): void => {
    const reason = this.signal?.reason as Error;
    const late = reason instanceof DeadlineError ? this.request.lateError?.() : undefined;
    if (!this.breakOff(reason)) this.reject(late ?? reason);
    this.controller?.abort(reason);
  };
}

function answerOf(status: number, headers: IncomingHttpHeaders): ReceivedAnswer {
  return { status, headers: flat(headers), data: { text: '', truncated: false } };
}

function isParserError(error: Error): boolean {
  return error instanceof errors.HTTPParserError || error instanceof errors.ResponseContentLengthMismatchError;
}

/**
 * The text of a body, in at most {@link KEPT_BODY_BYTES} of UTF-8. Each byte that is not UTF-8 becomes a character of three
 * bytes. The text ends with a whole character.
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

/** Text that PostgreSQL can store. NUL becomes U+FFFD, as bytes that are not UTF-8 do when they are decoded. */
function storable(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
}

/** Plain headers. Their values are Latin-1, which PostgreSQL can store except for NUL. */
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
