import { DomainError } from '../common/domain-error.js';
import { membersOf } from '../common/json-members.js';
import { InvalidRequestError } from '../common/validation-error.js';
import type { EventTypes } from '../webhooks/event-types.js';
import type { EventFields } from './event-fields.js';

/**
 * The text of an event's data without a member `id`: the payload has the id of the extraction there. Data of an event that is
 * about none may have an `id` of its own.
 *
 * @param text the JSON text of `data`, an object
 * @param path where `data` stands in the request
 * @throws InvalidRequestError for an `id` that is not the extraction's
 */
export function withoutId(text: string, data: object, extractionId: string | undefined, path: string): string {
  if (extractionId === undefined || !('id' in data)) return text;
  if (data.id !== extractionId) {
    throw new InvalidRequestError([`${path}.id is set by us to the extractionId: leave it out`]);
  }
  const others = membersOf(text).members.filter(({ name }) => name !== 'id');
  return `{${others.map(({ start, value }) => text.slice(start, value.end)).join(',')}}`;
}

/**
 * Checks the data of an event by the rules of its type.
 *
 * @param text the JSON text of its data. A copy is parsed and checked.
 * @param path where the data stands in the request
 * @returns the text without the id of the extraction
 * @throws InvalidRequestError
 */
export function checkedData(fields: EventFields, text: string, path: string, types: EventTypes): string {
  const stored = withoutId(text, fields.data, fields.extractionId, path);
  types.checkData(fields.event, stored, path);
  return stored;
}

/**
 * The JSON text of an object that another module of this application publishes.
 *
 * JSON.stringify writes NUL and lone surrogates as escapes, so that PostgreSQL can store the text.
 *
 * @throws DomainError `VALIDATION_ERROR` for an object that JSON can't express, or not without changing a value
 */
export function textOfData(data: object): string {
  try {
    const text = JSON.stringify(data);
    if (!text.startsWith('{')) throw new TypeError('Its toJSON method makes no object of it');
    // JSON.stringify writes null for values that JSON lacks. A replacer that sees them takes several times as long.
    return text.includes('null') ? JSON.stringify(data, refuseLoss) : text;
  } catch (error) {
    throw new DomainError('VALIDATION_ERROR', 'data must be something JSON can say', { cause: error });
  }
}

/** A replacer for JSON.stringify that throws instead of letting a value become null. */
function refuseLoss(this: unknown, key: string, value: unknown): unknown {
  const isLost =
    typeof value === 'number' ? !Number.isFinite(value) : Array.isArray(this) && JSON.stringify(value) === undefined;
  if (isLost) throw new TypeError(`${key} would become null`);
  return value;
}
