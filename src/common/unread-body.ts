import type { IncomingMessage } from 'node:http';
import { announcedLength, announcesBody } from './body-headers.js';

/** How much of a body is read and thrown away after an early answer: the largest body that any route takes. */
const MAX_DRAINED_BYTES = 5 * 1_048_576;

/**
 * Bounds what is read of a body that the answer did not wait for. A client that is still sending reads the answer only
 * if the rest is drained (RFC 9112, section 9.6); Node.js would drain without end.
 *
 * @returns whether the connection has to be closed after the answer
 */
export function boundUnreadBody(request: IncomingMessage): boolean {
  if (request.complete || !announcesBody(request)) return false;
  const length = announcedLength(request);
  if (length > MAX_DRAINED_BYTES) return true;
  // A body with a length within the bound is drained by Node.js. One in chunks has to be counted, unless it is read.
  if (Number.isNaN(length) && request.readableFlowing !== true) {
    let left = MAX_DRAINED_BYTES;
    request.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) request.destroy();
    });
  }
  return false;
}
