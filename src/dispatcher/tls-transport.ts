import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { TlsFloodError } from './target-errors.js';
import { TlsRecordCounter } from './tls-record-counter.js';

/**
 * The limits of the handshake, and of each answer with all bytes until the next request. The largest certificates that
 * OpenSSL accepts (100 KB) fit. An answer of MAX_RESPONSE_BYTES in records of 128 bytes fits, too.
 *
 * A KeyUpdate takes a record of its own (RFC 8446, section 5.1) and about 5 µs.
 */
const MAX_BYTES = 262_144;
const MAX_RECORDS = 1_024;
/**
 * The limit of bytes after the handshake that are not part of an answer. One record may be padded to its full size (RFC 8446,
 * section 5.4), and a few session tickets fit. A ticket takes about 20 µs and at least 19 bytes.
 */
const MAX_OVERHEAD_BYTES = 20_480;
/** The overhead of an ordinary record: header, explicit nonce or initialization vector, authentication code, padding. */
const RECORD_OVERHEAD_BYTES = 85;
/** TLS gets at most this much at a time. The limit of the overhead then applies in the middle of a received chunk. */
const PIECE_BYTES = 4_096;

/**
 * The TCP connection below TLS. OpenSSL handles renegotiations, session tickets, KeyUpdates and alerts without events for
 * Node.js, as fast as the receiver sends. Without a limit below TLS, one receiver could block the process for seconds, with its
 * timers and deadlines. TLS on a `net.Socket` bypasses JavaScript. TLS on a stream does not.
 */
export class TlsTransport extends Duplex {
  private bytes = 0;
  /** The TLS connection after its handshake. */
  private secure: Socket | undefined;
  /** The number of bytes at the end of the last answer. */
  private bytesOfAnswer = Infinity;
  /** The number of decrypted bytes before the last request. */
  private contentBefore = 0;
  private readonly records = new TlsRecordCounter();
  private flood = (): void => void this.destroy(new TlsFloodError());

  constructor(private readonly tcp: Socket) {
    super({ highWaterMark: 65_536 });
    tcp.on('data', (chunk: Buffer) => this.receive(chunk));
    tcp.on('end', () => this.push(null));
    tcp.on('error', (error) => this.destroy(error));
    tcp.on('close', () => this.destroy());
  }

  /** Counts from the end of the handshake. */
  secured(connection: Socket): void {
    this.secure = connection;
    // A renegotiation is refused. Node.js treats the refusal as a handshake and checks the certificate again, which takes
    // 200 µs. The certificate can't change: TLS 1.3 has no renegotiation, and SSL_OP_NO_RENEGOTIATION is set.
    connection.removeAllListeners('secure');
    this.reset();
  }

  /** @param end ends the connection. It is called instead of destroying this transport */
  onFlood(end: () => void): void {
    this.flood = end;
  }

  /** Notes that the answer to the request is complete. */
  answered(): void {
    this.bytesOfAnswer = this.bytes;
  }

  /** Whether bytes were received since the last answer. TLS may not have decrypted them yet. */
  get hasMore(): boolean {
    return this.bytes > this.bytesOfAnswer;
  }

  /** Counts from the beginning of a request. */
  reset(): void {
    this.bytes = 0;
    this.bytesOfAnswer = Infinity;
    this.records.reset();
    this.contentBefore = this.secure?.bytesRead ?? 0;
  }

  override _read(): void {
    this.tcp.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.tcp.write(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.tcp.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    this.tcp.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.tcp.destroy();
    done(error);
  }

  private receive(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.destroyed; at += PIECE_BYTES) {
      const piece = chunk.subarray(at, at + PIECE_BYTES);
      this.bytes += piece.length;
      this.records.take(piece);
      if (this.isOverLimit) return this.stop();
      if (!this.push(piece)) this.tcp.pause();
      if (this.overheadBytes > MAX_OVERHEAD_BYTES) return this.stop();
    }
  }

  private get isOverLimit(): boolean {
    return this.bytes > MAX_BYTES || this.records.count > MAX_RECORDS;
  }

  /** The bytes that TLS has read and that are not content of an answer. */
  private get overheadBytes(): number {
    if (!this.secure) return 0;
    const taken = this.bytes - this.readableLength - this.records.partialBytes;
    const content = this.secure.bytesRead - this.contentBefore;
    return taken - content - this.records.count * RECORD_OVERHEAD_BYTES;
  }

  private stop(): void {
    this.tcp.destroy();
    this.flood();
  }
}
