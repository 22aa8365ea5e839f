import { isUtf8 } from 'node:buffer';
import { DomainError } from './domain-error.js';

/**
 * Decodes a body of JSON text, which must be UTF-8. A byte order mark is ignored (RFC 8259, section 8.1).
 *
 * Invalid bytes are rejected, never replaced: the service would otherwise store and sign a text that the caller did not send.
 *
 * @throws DomainError `VALIDATION_ERROR`
 */
export function bodyText(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new DomainError('VALIDATION_ERROR', 'The body is not valid UTF-8: send it as UTF-8.');
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return bytes.toString('utf8', hasMark ? 3 : 0);
}
