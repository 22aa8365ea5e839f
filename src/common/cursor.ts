import { DomainError } from './domain-error.js';
import { isUuid } from './ids.js';

/** Makes the opaque cursor of a row from its id. */
export function cursorOf(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

/**
 * Reads the id from a cursor.
 *
 * @throws DomainError `VALIDATION_ERROR` for a text that {@link cursorOf} did not make
 */
export function idOfCursor(cursor: string): string {
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  if (!isUuid(id) || cursorOf(id) !== cursor) {
    throw new DomainError('VALIDATION_ERROR', 'cursor must be the nextCursor of an earlier page');
  }
  return id;
}
