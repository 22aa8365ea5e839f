import type { IncomingMessage } from 'node:http';
import { announcedLength, announcesBody } from './body-headers.js';

/** How much of a body is read and discarded after an early response, in bytes: the largest body of any route. */
const MAX_DRAINED_BYTES = 5 * 1_048_576;

/**
 * Limits how much of an unread body is discarded after an early response. A client that is still sending may see the
 * response only if the rest is read (RFC 9112, section 9.6). Node.js would read without a limit.
 *
 * @returns whether the connection must be closed after the response
 */
export function boundUnreadBody(request: IncomingMessage): boolean {
  if (request.complete || !announcesBody(request)) return false;
  const length = announcedLength(request);
  if (length > MAX_DRAINED_BYTES) return true;
  // Node.js discards a body of known length. A chunked body is counted here, unless another reader consumes it.
  if (Number.isNaN(length) && request.readableFlowing === null) {
    let left = MAX_DRAINED_BYTES;
    request.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) request.destroy();
    });
  }
  return false;
}
