import type { Socket } from 'node:net';
import { drip } from '../../e2e/support/raw-receiver.js';
import type { ServerCertificate } from '../../support/certificates.js';

/**
 * The server of a receiver. `https` is a plain TCP server with an https URL, for faults before the TLS handshake.
 * The secure listeners are TLS servers, named after their certificate or their fault.
 */
type Listener = 'http' | 'https' | SecureListener;
export type SecureListener = (typeof SECURE_LISTENERS)[number];
export const SECURE_LISTENERS = [
  'trusted',
  'TLS 1.2',
  'self-signed',
  'unknown authority',
  'expired',
  'not yet valid',
  'wrong host',
  'wrong host, TLS 1.2',
  'TLS 1.1',
  'no certificate',
  'wants a client certificate',
] as const;

/** The expected log record of each attempt. */
export interface ExpectedRecord {
  httpStatus: number | null;
  /** Null for a success. */
  error: string | null;
  /** The number of attempts; 2 by default. */
  attempts?: number;
  /** The stored body, exactly. */
  body?: string;
  /** Whether the body continued after the stored part; not checked by default. */
  truncated?: boolean;
  /** The beginning of the stored body. */
  bodyStart?: string;
  /** Headers that must be stored, in the form in which they are shown. */
  headers?: Record<string, string>;
  /** The least time between the first attempt and the next one, in milliseconds. */
  pauseMs?: number;
}

/** The beginning of a connection. */
export interface Beginning {
  bytes: Buffer;
  /** The certificate of a trusted server, for a receiver that does TLS itself. */
  certificate: ServerCertificate;
}

/** A receiver that misbehaves. */
export interface Misbehaviour {
  /** Follows "a receiver that". */
  name: string;
  /** `http` by default. */
  listener?: Listener;
  /** Called with each connection after its first bytes. */
  behave: (socket: Socket, beginning: Beginning) => void;
  expected: ExpectedRecord;
}

export const TIMEOUT = 'The operation was aborted due to timeout';
export const INVALID = 'invalid HTTP response';
export const CLOSED = 'connection closed';
export const NO_TLS = 'TLS handshake failed';
export const EXPIRED = 'TLS certificate expired or not yet valid';
export const UNTRUSTED = 'TLS certificate not trusted';
export const OTHER_HOST = 'TLS certificate is for another host';

/** Writes bytes, and leaves the connection open. */
export function says(bytes: string | Buffer): (socket: Socket) => void {
  return (socket) => void socket.write(bytes);
}

/** Writes bytes, and closes the connection. */
export function ends(bytes: string | Buffer = ''): (socket: Socket) => void {
  return (socket) => void socket.end(bytes);
}

/** Answers as HTTP wants it, with these header lines. */
export function answers(
  statusLine: string,
  headers: string[] = [],
  body: string | Buffer = '',
): Misbehaviour['behave'] {
  const length = `content-length: ${Buffer.byteLength(body)}`;
  const head = [`HTTP/1.1 ${statusLine}`, ...headers, length, 'connection: close', '', ''].join('\r\n');
  return ends(Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]));
}

/** Writes the beginning, then the rest again and again, every few milliseconds, for as long as the connection lives. */
export function drips(beginning: string | Buffer, rest: string): (socket: Socket) => void {
  return (socket) => {
    socket.write(beginning);
    drip(socket, rest);
  };
}

/** Writes the beginning, then the rest again and again, as fast as it is read. */
export function floods(beginning: string, rest: string): (socket: Socket) => void {
  const block = Buffer.from(rest.repeat(Math.ceil(65_536 / rest.length)), 'latin1');
  return (socket) => {
    const more = (): void => {
      while (!socket.destroyed && socket.write(block));
    };
    socket.on('drain', more);
    socket.write(beginning);
    more();
  };
}
