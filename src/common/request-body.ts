import type { IncomingMessage } from 'node:http';
import { announcedLength, mediaFault } from './body-headers.js';
import { bodyText } from './body-text.js';
import { DomainError } from './domain-error.js';
import { text } from '../translations/phrase.js';

/**
 * Checks the headers of a request before its body is read. An empty body may have any type, because some HTTP clients
 * declare one on every POST.
 *
 * @param mayBeEmpty whether the route accepts an empty body. A chunked body of the wrong type then passes, because it may
 *   be empty.
 * @throws DomainError `PAYLOAD_TOO_LARGE` or `UNSUPPORTED_MEDIA_TYPE`
 */
export function checkBodyHead(request: IncomingMessage, maxBytes: number, mayBeEmpty: boolean): void {
  const length = announcedLength(request);
  if (length > maxBytes) {
    throw new DomainError(
      'PAYLOAD_TOO_LARGE',
      text('The request body is larger than {{maxBytes}} bytes.', { maxBytes }),
    );
  }
  const fault = length === 0 ? undefined : mediaFault(request);
  if (fault && (length > 0 || !mayBeEmpty)) throw fault;
}

/**
 * Decodes a body. Returns undefined for an empty one.
 *
 * @throws DomainError `UNSUPPORTED_MEDIA_TYPE` or `VALIDATION_ERROR`
 */
export function textOfBody(request: IncomingMessage, bytes: Buffer): string | undefined {
  if (bytes.length === 0) return undefined;
  const fault = mediaFault(request);
  if (fault) throw fault;
  return bodyText(bytes);
}
