import type { Socket } from 'node:net';
import { errors } from 'undici';

/**
 * What one response may take on the wire. Behind a body as far as it is read, and the headers, it leaves room for the
 * framing of ordinary chunks.
 */
const MAX_RESPONSE_BYTES = 131_072;
/**
 * How much the parser gets at a time. It takes all of it to the end, even when the headers have become too large at its
 * beginning, and makes an error with a stack of each header that is left: in pieces of 64 KiB that took 150 ms.
 */
const PIECE_BYTES = 1_024;

/**
 * Bounds what the parser has to take of each response on a connection. Interim answers (RFC 9110, 15.2), the extensions
 * of chunks (RFC 9112, 7.1.1), leading zeros of their sizes and empty lines before an answer may go on for ever, and
 * count neither as headers nor as body; a receiver that floods us with them would keep the process busy until the
 * deadline.
 *
 * A response that is longer ends with `ResponseExceededMaxSizeError`, and its connection with it.
 */
export function boundResponses(socket: Socket): void {
  const read = socket.read.bind(socket);
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let received = 0;
  // One request at a time is on a connection: each begins with a write.
  socket.write = (...args: unknown[]) => {
    received = 0;
    return write(...args);
  };
  socket.read = (size?: number): Buffer | null => {
    if (socket.destroyed) return null;
    const piece = read(size ?? (socket.readableLength > PIECE_BYTES ? PIECE_BYTES : undefined)) as Buffer | null;
    received += piece?.length ?? 0;
    if (received <= MAX_RESPONSE_BYTES) return piece;
    socket.destroy(new errors.ResponseExceededMaxSizeError());
    return null;
  };
}
