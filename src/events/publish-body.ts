import { setImmediate as nextTurn } from 'node:timers/promises';
import { isObject } from '../common/is-object.js';
import { parsed } from '../common/json-body.js';
import { membersOf, withZeros } from '../common/json-members.js';
import { JsonText } from '../common/json-text.js';
import { InvalidRequestError, MAX_FAULTS, noObjectFault, unknownFieldsError } from '../common/validation-error.js';
import { checkedData } from './event-data.js';
import type { EventTypes } from '../webhooks/event-types.js';
import { checkFields, EVENT_FIELDS } from './event-fields.js';
import { MAX_EVENT_BYTES, payloadTooLarge, type ReportedEvent } from './event-payload.js';
import { MAX_BATCH_SIZE } from './events.dto.js';

/**
 * How many characters of a batch are read in one turn of the event loop; other requests are served between two turns.
 * The worst text of this length takes 25 ms to parse (one object with a key of its own after the other), and the worst
 * body of 5 MiB takes 470 ms.
 */
const CHARACTERS_PER_TURN = 262_144;
/** The same where events may have data with rules: checking one takes up to 30 times as long as parsing it. */
const CHECKED_CHARACTERS_PER_TURN = 8_192;

/** The names of a batch's fields. */
const BATCH_FIELDS: ReadonlySet<string> = new Set(['events']);
/** Most fields of a batch or an event that are looked at: more than there are, so that the message can name wrong ones. */
const MAX_FIELDS = 50;

/**
 * Reads the event that a request publishes. The text of its `data` is checked and kept: numbers, the order of keys and
 * escapes stay as they were sent.
 *
 * @param body a {@link JsonText}; undefined for an empty body
 * @throws DomainError `VALIDATION_ERROR`, or `PAYLOAD_TOO_LARGE` over 256 KiB
 */
export function publishedEvent(body: unknown, types: EventTypes): ReportedEvent {
  return eventOf(textOf(body), '', types);
}

/**
 * Reads a batch of the events that {@link publishedEvent} reads. Their number is checked before any of them.
 *
 * @throws DomainError as {@link publishedEvent}, with the faults of the first events that have any
 */
export async function publishedEvents(body: unknown, types: EventTypes): Promise<ReportedEvent[]> {
  const events: ReportedEvent[] = [];
  const faults: string[] = [];
  const perTurn = types.hasOwn ? CHECKED_CHARACTERS_PER_TURN : CHARACTERS_PER_TURN;
  let read = 0;
  for (const [index, text] of eventTexts(textOf(body)).entries()) {
    read += text.length;
    if (read > perTurn) {
      await nextTurn();
      read = text.length;
    }
    try {
      events.push(eventOf(text, `events[${index}]`, types));
    } catch (error) {
      if (!(error instanceof InvalidRequestError)) throw error;
      faults.push(...error.faults);
      // The message names no more: the rest of the batch is left unread.
      if (faults.length >= MAX_FAULTS) break;
    }
  }
  if (faults.length > 0) throw new InvalidRequestError(faults);
  return events;
}

/** @param path where the event stands in the body; empty for the body itself */
function eventOf(text: string, path: string, types: EventTypes): ReportedEvent {
  // Before it is parsed: the time that takes grows with the text.
  if (text.length > MAX_EVENT_BYTES) throw payloadTooLarge();
  const { members } = membersOf(text, { maxMembers: MAX_FIELDS });
  const fields = parsed(text, path || 'The body');
  if (!isObject(fields)) throw new InvalidRequestError([noObjectFault(path || 'The body', fields, EVENT_FIELDS)]);
  checkFields(fields, path, types);
  const { event, userId, extractionId, occurredAt } = fields;
  if (members.length > Object.keys(fields).length) {
    throw new InvalidRequestError([`${path || 'The body'} must not have two fields of the same name`]);
  }
  const value = members.find(({ name }) => name === 'data')?.value;
  const dataText = text.slice(value?.start, value?.end);
  const dataPath = path === '' ? 'data' : `${path}.data`;
  return { event, userId, extractionId, data: checkedData(fields, dataText, dataPath, types), occurredAt };
}

/** The texts of a batch's events. Everything around them is checked. */
function eventTexts(text: string): string[] {
  const { members } = membersOf(text, { maxMembers: MAX_FIELDS });
  const [first] = text.trimStart();
  if (first !== '{')
    throw new InvalidRequestError([noObjectFault('The body', first === '[' ? [] : text, BATCH_FIELDS)]);
  const unknown = members.flatMap(({ name = '' }) => (BATCH_FIELDS.has(name) ? [] : [name]));
  if (unknown.length > 0)
    throw unknownFieldsError(unknown, BATCH_FIELDS, '', unknown.length < members.length ? { events: '' } : {});
  if (members.length > 1) throw new InvalidRequestError(['events must not be there twice']);
  const { start, end } = members[0]?.value ?? { start: 0, end: 0 };
  const list = text.slice(start, end);
  const size = `1 to ${MAX_BATCH_SIZE} events`;
  if (members.length === 0) throw new InvalidRequestError([`events is missing; it must be an array of ${size}`]);
  if (!list.startsWith('[')) throw new InvalidRequestError([`events must be an array of ${size}`]);
  const { members: elements } = membersOf(list, { maxMembers: MAX_BATCH_SIZE });
  if (elements.length === 0 || elements.length > MAX_BATCH_SIZE) {
    throw new InvalidRequestError([`events must have ${size}`]);
  }
  parsed(withZeros(text, elements, start), 'The body');
  return elements.map(({ value }) => list.slice(value.start, value.end));
}

/** The text of a body; the one of an object without fields for an empty body. */
function textOf(body: unknown): string {
  const text = body instanceof JsonText ? body.text : '';
  return text.trim() === '' ? '{}' : text;
}
