import { validateSync } from 'class-validator';
import { setEventNames } from '../common/event-names.js';
import { isObject } from '../common/is-object.js';
import { isTimestamp } from '../common/timestamp.js';
import { InvalidRequestError, refuseWrapped, unknownFieldsError, validationError } from '../common/validation-error.js';
import { isExternalId } from '../common/validation.js';
import type { EventTypes } from '../webhooks/event-types.js';
import { PublishEventDto } from './events.dto.js';
import { text } from '../translations/phrase.js';

/** The fields of an event, valid by the rules of {@link PublishEventDto}. */
export interface EventFields {
  event: string;
  userId: string;
  extractionId?: string | undefined;
  data: object;
  occurredAt?: string | undefined;
}

export const EVENT_FIELDS: ReadonlySet<string> = new Set(['event', 'userId', 'extractionId', 'data', 'occurredAt']);

/**
 * Checks the fields of an event, except the content of `data`.
 *
 * @param path the path of the event in the request. Empty if the event is the body
 * @throws InvalidRequestError if a field is unknown, missing or invalid
 */
export function checkFields(fields: object, path: string, types: EventTypes): asserts fields is EventFields {
  const unknown = Object.keys(fields).filter((name) => !EVENT_FIELDS.has(name));
  if (unknown.length === 0 && isSound(fields, types)) return;
  refuseWrapped(fields, EVENT_FIELDS);
  if (path === '' && unknown.join() === 'events' && Object.keys(fields).length === 1) {
    throw new InvalidRequestError(['events is for a batch: this route takes the fields of one event.'], {
      hint: (root) => text('POST {{root}}/events/batch takes events.', { root }),
    });
  }
  if (unknown.length > 0) throw unknownFieldsError(unknown, EVENT_FIELDS, path, fields);
  const event = Object.assign(new PublishEventDto(), fields);
  setEventNames(event, types);
  throw validationError(validateSync(event), path);
}

/**
 * Whether the fields keep every rule of {@link PublishEventDto}. class-validator takes ten times as long as parsing the
 * event. It runs only for invalid events, to describe their faults.
 */
export function isSound(fields: object, types: EventTypes): fields is EventFields {
  const { event, userId, extractionId, data, occurredAt } = fields as Partial<EventFields>;
  return (
    types.publishes(event) &&
    isExternalId(userId) &&
    (extractionId === undefined ? !types.needsExtraction(event) : isExternalId(extractionId)) &&
    isObject(data) &&
    (occurredAt === undefined || isTimestamp(occurredAt))
  );
}
