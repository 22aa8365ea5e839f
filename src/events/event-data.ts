import { DomainError } from '../common/domain-error.js';
import { membersOf } from '../common/json-members.js';
import { InvalidRequestError } from '../common/validation-error.js';
import type { EventTypes } from '../webhooks/event-types.js';
import type { EventFields } from './event-fields.js';
import { text as phrase } from '../translations/phrase.js';

/**
 * Removes the member `id` from the data of an extraction event. The payload has the id of the extraction in its place. Data
 * of an event without an extraction keeps its own `id`.
 *
 * @param text the JSON text of `data`, an object
 * @param path the path of `data` in the request
 * @throws InvalidRequestError if `id` is not the id of the extraction
 */
export function withoutId(text: string, data: object, extractionId: string | undefined, path: string): string {
  if (extractionId === undefined || !('id' in data)) return text;
  if (data.id !== extractionId) {
    throw new InvalidRequestError([phrase('{{path}}.id is always the extractionId: leave it out', { path })]);
  }
  const others = membersOf(text).members.filter(({ name }) => name !== 'id');
  return `{${others.map(({ start, value }) => text.slice(start, value.end)).join(',')}}`;
}

/**
 * Checks the data of an event by the rules of its type.
 *
 * @param text the JSON text of the data. The check parses a copy and does not change the text
 * @param path the path of the data in the request
 * @returns the text without the id of the extraction
 * @throws InvalidRequestError if the data breaks a rule
 */
export function checkedData(fields: EventFields, text: string, path: string, types: EventTypes): string {
  const stored = withoutId(text, fields.data, fields.extractionId, path);
  types.checkData(fields.event, stored, path);
  return stored;
}

/**
 * Converts an object that another module of this application publishes to JSON text.
 *
 * PostgreSQL can store the text: JSON.stringify writes NUL and lone surrogates as escapes.
 *
 * @throws DomainError `VALIDATION_ERROR` if JSON can't express the object without changing a value
 */
export function textOfData(data: object): string {
  try {
    const text = JSON.stringify(data);
    if (!text.startsWith('{')) throw new TypeError('toJSON does not return an object');
    // JSON.stringify writes null for values that JSON lacks. The replacer finds them, but takes several times as long.
    return text.includes('null') ? JSON.stringify(data, refuseLoss) : text;
  } catch (error) {
    throw new DomainError('VALIDATION_ERROR', 'data must be an object that JSON can express', { cause: error });
  }
}

/** A replacer for JSON.stringify. It throws if a value would become null. */
function refuseLoss(this: unknown, key: string, value: unknown): unknown {
  const isLost =
    typeof value === 'number' ? !Number.isFinite(value) : Array.isArray(this) && JSON.stringify(value) === undefined;
  if (isLost) throw new TypeError(`${key} would become null`);
  return value;
}
