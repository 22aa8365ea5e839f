import type { IncomingMessage } from 'node:http';
import { announcedLength, announcesBody } from './body-headers.js';

/** The most that is drained of a body after an early answer: the largest body that any route takes. */
const MAX_DRAINED_BYTES = 5 * 1_048_576;

/**
 * Bounds the draining of a body that is answered early. A client that is still sending may see the answer only if the
 * rest is drained (RFC 9112, section 9.6). Node.js drains without a bound.
 *
 * @returns whether the connection has to be closed after the answer
 */
export function boundUnreadBody(request: IncomingMessage): boolean {
  if (request.complete || !announcesBody(request)) return false;
  const length = announcedLength(request);
  if (length > MAX_DRAINED_BYTES) return true;
  // Node.js drains a body with a length. A chunked one is counted here, unless something reads it.
  if (Number.isNaN(length) && request.readableFlowing === null) {
    let left = MAX_DRAINED_BYTES;
    request.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) request.destroy();
    });
  }
  return false;
}
