import type { IncomingMessage } from 'node:http';
import { announcedLength, mediaFault } from './body-headers.js';
import { bodyText } from './body-text.js';
import { DomainError } from './domain-error.js';

/** Faults of chunked bodies. They count only if the body turns out not to be empty. */
const faults = new WeakMap<IncomingMessage, DomainError>();

/**
 * Checks the head of a request before its body is read. An empty body may have any type, because some HTTP clients
 * declare one on every POST.
 *
 * @param mayBeEmpty whether a chunked body of the wrong type is read, because it may be empty
 * @throws DomainError `PAYLOAD_TOO_LARGE` or `UNSUPPORTED_MEDIA_TYPE`
 */
export function checkBodyHead(request: IncomingMessage, maxBytes: number, mayBeEmpty: boolean): void {
  const length = announcedLength(request);
  if (length > maxBytes) {
    throw new DomainError('PAYLOAD_TOO_LARGE', `The request body is larger than ${maxBytes} bytes.`);
  }
  const fault = length === 0 ? undefined : mediaFault(request);
  if (length !== 0 && !fault) return;
  if (fault && (length > 0 || !mayBeEmpty)) throw fault;
  if (fault) faults.set(request, fault);
  // Fastify refuses types that it can't parse before it reads a byte.
  request.headers['content-type'] = undefined;
}

/**
 * Reads a body; an empty one is undefined.
 *
 * @throws DomainError `UNSUPPORTED_MEDIA_TYPE` or `VALIDATION_ERROR`
 */
export function textOfBody(request: IncomingMessage, bytes: Buffer): string | undefined {
  if (bytes.length === 0) return undefined;
  const fault = faults.get(request) ?? mediaFault(request);
  if (fault) throw fault;
  return bodyText(bytes);
}
