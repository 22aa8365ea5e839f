import { DomainError } from './domain-error.js';
import { isUuid } from './ids.js';
import { text } from '../translations/phrase.js';

/** The rows of a page when the request names no `limit`. */
export const DEFAULT_PAGE_SIZE = 50;

/**
 * Takes a page from rows of which one more than the page has was read.
 *
 * @param cursorOfRow the cursor after a row
 */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  cursorOfRow: (row: Row) => string,
): { page: Row[]; hasMore: boolean; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const hasMore = rows.length > limit;
  return { page, hasMore, nextCursor: hasMore && last !== undefined ? cursorOfRow(last) : null };
}

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
  if (!isUuid(id) || cursorOf(id) !== cursor) throw malformed();
  return id;
}

/** The place of a row in a list that is ordered by a time, then by an id. */
export interface Place {
  time: Date;
  id: string;
}

/** The length of a time in a cursor, in bytes. */
const TIME_BYTES = 6;
const UUID_BYTES = 16;

/** Makes the opaque cursor of a row from its time, to the millisecond, and its id. */
export function placeCursorOf({ time, id }: Place): string {
  const bytes = Buffer.alloc(TIME_BYTES + UUID_BYTES);
  bytes.writeUIntBE(Math.max(0, time.getTime()), 0, TIME_BYTES);
  bytes.write(id.replaceAll('-', ''), TIME_BYTES, 'hex');
  return bytes.toString('base64url');
}

/**
 * Reads the place from a cursor.
 *
 * @throws DomainError `VALIDATION_ERROR` for a text that {@link placeCursorOf} did not make
 */
export function placeOfCursor(cursor: string): Place {
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.length !== TIME_BYTES + UUID_BYTES || bytes.toString('base64url') !== cursor) throw malformed();
  const id = idOfCursor(bytes.subarray(TIME_BYTES).toString('base64url'));
  const time = new Date(bytes.readUIntBE(0, TIME_BYTES));
  // A time that PostgreSQL can't read is no time of a row.
  if (!(time.getTime() < LAST_TIME_MS)) throw malformed();
  return { time, id };
}

/** The year 9999. */
const LAST_TIME_MS = 253_402_300_800_000;

function malformed(): DomainError {
  return new DomainError('VALIDATION_ERROR', text('cursor must be the nextCursor of an earlier page'));
}
