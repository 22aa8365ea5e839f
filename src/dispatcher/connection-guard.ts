import type { Socket } from 'node:net';
import { errors } from 'undici';
import { contradictoryHead, type AnswerHead } from './contradictory-head.js';
import type { IdleConnections } from './idle-connections.js';
import { InterimFilter, NOTHING } from './interim-filter.js';
import { TlsFloodError, UnaskedAnswerError } from './target-errors.js';
import type { TlsTransport } from './tls-transport.js';

/**
 * Limit of one response on the wire: a body as far as it is read, the headers, and the framing of ordinary chunks.
 * Interim answers (RFC 9110, section 15.2), the extensions of chunks (RFC 9112, section 7.1.1), leading zeros of their
 * sizes and empty lines may go on for ever, and count neither as headers nor as body.
 */
const MAX_RESPONSE_BYTES = 131_072;
/**
 * The parser gets at most this much at a time. It takes all of it to the end, even when the headers have become too large
 * at its beginning, and makes an error with a stack of each header that is left: in pieces of 64 KiB that took 150 ms.
 */
const PIECE_BYTES = 1_024;

/** A request on a connection. */
export interface GuardedRequest {
  /** Set when the request is written. */
  connection: ConnectionGuard | undefined;
}

/**
 * Stands between undici and the socket of a connection: ties each answer to the request that asked for it, bounds it, and
 * removes interim answers. A response that is longer than it may be ends with `ResponseExceededMaxSizeError`.
 *
 * Invariants: at most one request is on a connection; no byte reaches the parser while none is; a connection with bytes
 * that nobody asked for carries no further request.
 */
export class ConnectionGuard {
  /**
   * The request that undici is about to write. undici does not tell on which connection: it calls `onRequestStart` of the
   * request's handler, which sets this, and in the same turn the socket's `write`, which takes it.
   */
  static starting: GuardedRequest | undefined;

  private readonly interim = new InterimFilter();
  private readonly readSocket: (size?: number) => Buffer | null;
  private readonly writeSocket: (...args: unknown[]) => boolean;
  /** How many requests were written. */
  private requests = 0;
  /** The request that is under way. */
  private request: GuardedRequest | undefined;
  /** Of the current answer, interim ones included. */
  private answerBytes = 0;
  /** The pieces of the current answer's head, until the parser has all of it. */
  private readonly head: Buffer[] = [];
  private hasHead = false;
  private isPoisoned = false;

  /** @param transport what TLS reads from, if the connection has TLS */
  constructor(
    private readonly socket: Socket,
    private readonly idle: IdleConnections,
    private readonly transport?: TlsTransport,
  ) {
    this.readSocket = socket.read.bind(socket) as typeof this.readSocket;
    this.writeSocket = socket.write.bind(socket) as typeof this.writeSocket;
    socket.read = (size) => this.read(size);
    socket.write = (...args: unknown[]) => this.write(args);
    socket.once('close', () => idle.delete(this));
    transport?.onFlood(() => (this.request ? socket.destroy(new TlsFloodError()) : this.poison()));
  }

  /** Whether the connection was used before and gave no byte of an answer to its last request. */
  get lostRequest(): boolean {
    if (this.isPoisoned) return this.requests > 0;
    return this.requests > 1 && this.answerBytes === 0 && this.socket.readableLength === 0;
  }

  /** The head of the current answer if its lengths contradict each other. */
  get contradictoryHead(): AnswerHead | undefined {
    return contradictoryHead(Buffer.concat(this.head));
  }

  /** The parser has the head of the answer. */
  headReceived(): void {
    this.hasHead = true;
    this.head.length = 0;
  }

  /** The answer is complete. */
  release(): void {
    this.request = undefined;
    this.transport?.answered();
    this.idle.add(this);
  }

  /** Ends a connection that carries no request. */
  close(): void {
    // The code that undici takes for no fault of the next request: it opens another connection for it.
    this.socket.destroy(new errors.InformationalError('idle'));
  }

  private write(args: unknown[]): boolean {
    const { starting } = ConnectionGuard;
    if (starting) {
      ConnectionGuard.starting = undefined;
      this.begin(starting);
    }
    return this.isPoisoned ? false : this.writeSocket(...args);
  }

  private begin(request: GuardedRequest): void {
    this.idle.delete(this);
    request.connection = this;
    if (this.socket.readableLength > 0 || this.transport?.hasMore) return this.poison();
    this.request = request;
    this.requests += 1;
    this.answerBytes = 0;
    this.hasHead = false;
    this.head.length = 0;
    this.interim.reset();
    this.transport?.reset();
  }

  private read(size?: number): Buffer | null {
    for (;;) {
      const { socket } = this;
      if (socket.destroyed) return null;
      const piece = this.readSocket(size ?? (socket.readableLength > PIECE_BYTES ? PIECE_BYTES : undefined));
      if (piece === null) return null;
      if (!this.request) {
        this.poison();
        return null;
      }
      this.answerBytes += piece.length;
      if (this.answerBytes > MAX_RESPONSE_BYTES) {
        socket.destroy(new errors.ResponseExceededMaxSizeError());
        return null;
      }
      const answer = this.finalAnswer(piece);
      if (answer.length > 0) return answer;
    }
  }

  private finalAnswer(piece: Buffer): Buffer {
    try {
      const answer = this.interim.take(piece);
      if (!this.hasHead && answer.length > 0) this.head.push(answer);
      return answer;
    } catch (error) {
      this.socket.destroy(error as Error);
      return NOTHING;
    }
  }

  /** Ends the connection because of bytes that no request asked for. */
  private poison(): void {
    this.isPoisoned = true;
    // undici opens another connection for its next request after a SocketError, and fails the request after any other.
    const error = this.requests > 0 ? new errors.SocketError('bad response') : new UnaskedAnswerError();
    this.socket.destroy(error);
  }
}
