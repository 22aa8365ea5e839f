import { validateSync } from 'class-validator';
import { isObject } from '../common/is-object.js';
import { isTimestamp } from '../common/timestamp.js';
import { InvalidRequestError, refuseWrapped, unknownFieldsError, validationError } from '../common/validation-error.js';
import { isExternalId } from '../common/validation.js';
import { EVENT_TYPES, type EventType } from '../webhooks/event-types.js';
import { PublishEventDto } from './events.dto.js';

/** The fields of an event that keep the rules of {@link PublishEventDto}. */
export interface EventFields {
  event: EventType;
  userId: string;
  extractionId: string;
  data: object;
  occurredAt?: string | undefined;
}

/** The names of an event's fields. */
export const EVENT_FIELDS: ReadonlySet<string> = new Set(['event', 'userId', 'extractionId', 'data', 'occurredAt']);

/**
 * Checks the fields of an event, all except what is inside of `data`.
 *
 * @param path where the event stands in the request; empty for the body itself
 * @throws InvalidRequestError
 */
export function checkFields(fields: object, path: string): asserts fields is EventFields {
  const unknown = Object.keys(fields).filter((name) => !EVENT_FIELDS.has(name));
  if (unknown.length === 0 && isSound(fields)) return;
  refuseWrapped(fields, EVENT_FIELDS);
  if (path === '' && unknown.join() === 'events' && Object.keys(fields).length === 1) {
    throw new InvalidRequestError(['events is for POST /v1/events/batch; this route takes the fields of one event']);
  }
  if (unknown.length > 0) throw unknownFieldsError(unknown, EVENT_FIELDS, path, fields);
  throw validationError(validateSync(Object.assign(new PublishEventDto(), fields)), path);
}

/**
 * Whether the fields keep every rule of their class. class-validator, which takes ten times as long as parsing the event,
 * is only asked what is wrong with the others.
 */
export function isSound(fields: object): fields is EventFields {
  const { event, userId, extractionId, data, occurredAt } = fields as Partial<EventFields>;
  return (
    EVENT_TYPES.includes(event as EventType) &&
    isExternalId(userId) &&
    isExternalId(extractionId) &&
    isObject(data) &&
    (occurredAt === undefined || isTimestamp(occurredAt))
  );
}
