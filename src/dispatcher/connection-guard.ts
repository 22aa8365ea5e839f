import type { Socket } from 'node:net';
import { errors } from 'undici';
import { contradictoryHead, type AnswerHead } from './contradictory-head.js';
import type { IdleConnections } from './idle-connections.js';
import { InterimFilter, NOTHING } from './interim-filter.js';
import { TlsFloodError, UnaskedAnswerError } from './target-errors.js';
import type { TlsTransport } from './tls-transport.js';

/**
 * The limit of one response on the wire: headers, the part of the body that is read, and the framing of ordinary chunks.
 * undici does not limit bytes that are neither headers nor body. Such bytes are interim answers (RFC 9110, section 15.2),
 * extensions of chunks (RFC 9112, section 7.1.1), leading zeros of chunk sizes, and empty lines.
 */
const MAX_RESPONSE_BYTES = 131_072;
/**
 * The parser gets at most this much at a time. It reads a whole piece, even when the headers are too large at its beginning.
 * It then makes an error with a stack for each further header. With pieces of 64 KiB that took 150 ms.
 */
const PIECE_BYTES = 1_024;

/** A request on a connection. */
export interface GuardedRequest {
  /** Set when the request is written. */
  connection: ConnectionGuard | undefined;
}

/**
 * Stands between undici and the socket of a connection. It assigns each answer to its request, limits the answer, and
 * removes interim answers. A response over the limit ends with `ResponseExceededMaxSizeError`.
 *
 * Invariants: a connection has at most one request. No byte reaches the parser without a request. A connection that received
 * bytes without a request carries no further request.
 */
export class ConnectionGuard {
  /**
   * The request that undici writes next. undici does not name its connection. It calls `onRequestStart` of the handler, which
   * sets this field. In the same turn of the event loop it calls `write` of the socket, which takes the request.
   */
  static starting: GuardedRequest | undefined;

  private readonly interim = new InterimFilter();
  private readonly readSocket: (size?: number) => Buffer | null;
  private readonly writeSocket: (...args: unknown[]) => boolean;
  /** The number of written requests. */
  private requests = 0;
  /** The request under way. */
  private request: GuardedRequest | undefined;
  /** The bytes of the current answer, with interim answers. */
  private answerBytes = 0;
  /** The pieces of the current answer's head, until the parser has all of it. */
  private readonly head: Buffer[] = [];
  private hasHead = false;
  private isPoisoned = false;

  /**
   * @param transport the stream below TLS, if the connection has TLS
   * @param onAnswer called with the head of each answer
   */
  constructor(
    private readonly socket: Socket,
    private readonly idle: IdleConnections,
    private readonly transport?: TlsTransport,
    private readonly onAnswer?: () => void,
  ) {
    this.readSocket = socket.read.bind(socket) as typeof this.readSocket;
    this.writeSocket = socket.write.bind(socket) as typeof this.writeSocket;
    socket.read = (size) => this.read(size);
    socket.write = (...args: unknown[]) => this.write(args);
    socket.once('close', () => idle.delete(this));
    transport?.onFlood(() => (this.request ? socket.destroy(new TlsFloodError()) : this.poison()));
  }

  /** Whether the connection was used before, and returned no byte of an answer to its last request. */
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
    this.onAnswer?.();
  }

  /** The answer is complete. */
  release(): void {
    this.request = undefined;
    this.transport?.answered();
    this.idle.add(this);
  }

  /** Ends a connection that carries no request. */
  close(): void {
    // After an error with this code undici opens another connection for the next request.
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
