import { isUtf8 } from 'node:buffer';
import { DomainError } from './domain-error.js';

/**
 * Decodes a body. JSON is UTF-8, and a parser may ignore a byte order mark (RFC 8259, section 8.1). A decoder that
 * replaced other bytes would store and sign a text that nobody sent.
 *
 * @throws DomainError `VALIDATION_ERROR`
 */
export function bodyText(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new DomainError('VALIDATION_ERROR', 'The body is not valid UTF-8: send it as UTF-8.');
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return bytes.toString('utf8', hasMark ? 3 : 0);
}
