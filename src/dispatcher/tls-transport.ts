import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { TlsFloodError } from './target-errors.js';
import { TlsRecordCounter } from './tls-record-counter.js';

/**
 * Limits of one handshake, and of one answer and what the receiver sends until the next request. A certificate list of
 * OpenSSL's limit (100 KB) fits, and an answer of MAX_RESPONSE_BYTES in records of 128 bytes.
 *
 * A KeyUpdate takes a record of its own (RFC 8446, section 5.1) and about 5 µs, so that a flood ends after 10 ms.
 */
const MAX_BYTES = 262_144;
const MAX_RECORDS = 1_024;

/**
 * The TCP connection as TLS reads it. OpenSSL handles renegotiations, session tickets, KeyUpdates and alerts without
 * telling Node.js, and reads as fast as the receiver sends: without a limit below TLS one receiver can keep the process
 * busy for seconds, timers and deadlines included. TLS on a `net.Socket` bypasses JavaScript; on a stream it does not.
 */
export class TlsTransport extends Duplex {
  private bytes = 0;
  private readonly records = new TlsRecordCounter();
  private flood = (): void => void this.destroy(new TlsFloodError());

  constructor(private readonly tcp: Socket) {
    super({ highWaterMark: 65_536 });
    tcp.on('data', (chunk: Buffer) => this.receive(chunk));
    tcp.on('end', () => this.push(null));
    tcp.on('error', (error) => this.destroy(error));
    tcp.on('close', () => this.destroy());
  }

  /** @param end is called instead of destroying this transport, and must end the connection */
  onFlood(end: () => void): void {
    this.flood = end;
  }

  /** A request is about to be sent. */
  reset(): void {
    this.bytes = 0;
    this.records.reset();
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
    this.bytes += chunk.length;
    this.records.take(chunk);
    if (this.bytes > MAX_BYTES || this.records.count > MAX_RECORDS) {
      this.tcp.destroy();
      return this.flood();
    }
    if (!this.push(chunk)) this.tcp.pause();
  }
}
