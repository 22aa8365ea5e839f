import { setImmediate as nextTurn } from 'node:timers/promises';
import { isObject } from '../common/is-object.js';
import { parsed } from '../common/json-body.js';
import { membersOf, withZeros } from '../common/json-members.js';
import { JsonText } from '../common/json-text.js';
import { InvalidRequestError, MAX_FAULTS, noObjectFault, unknownFieldsError } from '../common/validation-error.js';
import { checkedData } from './event-data.js';
import type { EventTypes } from '../webhooks/event-types.js';
import { checkFields, EVENT_FIELDS } from './event-fields.js';
import { MAX_EVENT_BYTES, payloadTooLarge, type PublishedEvent } from './event-payload.js';
import { MAX_BATCH_SIZE } from './events.dto.js';
import { text as phrase, type Phrase } from '../translations/phrase.js';

/**
 * Characters of a batch that are read in one turn of the event loop. Other requests are served between two turns.
 *
 * The slowest text of this length takes 25 ms to parse: objects that each have a different key. The slowest body of 5 MiB
 * takes 470 ms.
 */
const CHARACTERS_PER_TURN = 262_144;
/** The same for events whose data may have rules. A check takes up to 30 times as long as parsing. */
const CHECKED_CHARACTERS_PER_TURN = 8_192;

const BATCH_FIELDS: ReadonlySet<string> = new Set(['events']);
/** Most fields of a batch or an event that are read. It is more than the valid ones, because the message names unknown ones. */
const MAX_FIELDS = 50;

const THE_BODY = phrase('The body');
const A_BATCH = phrase('an array of 1 to {{max}} events', { max: MAX_BATCH_SIZE });

/**
 * Reads the event that a request publishes. The text of its `data` is checked and kept: numbers, the order of keys, and
 * escapes do not change.
 *
 * @param body a {@link JsonText}; undefined for an empty body
 * @throws DomainError `VALIDATION_ERROR`, or `PAYLOAD_TOO_LARGE` over 256 KiB
 */
export function publishedEvent(body: unknown, types: EventTypes): PublishedEvent {
  return eventOf(textOf(body), '', types);
}

/**
 * Reads a batch of events. The number of events is checked before the events.
 *
 * @param body a {@link JsonText}; undefined for an empty body
 * @throws DomainError as {@link publishedEvent}. The message has the faults of the first invalid events
 */
export async function publishedEvents(body: unknown, types: EventTypes): Promise<PublishedEvent[]> {
  const events: PublishedEvent[] = [];
  const faults: Phrase[] = [];
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
      // The message has no room for more faults. The rest of the batch is not read.
      if (faults.length >= MAX_FAULTS) break;
    }
  }
  if (faults.length > 0) throw new InvalidRequestError(faults);
  return events;
}

/** @param path the path of the event in the body. Empty if the event is the body */
function eventOf(text: string, path: string, types: EventTypes): PublishedEvent {
  // Checked before parsing, because the time to parse grows with the text.
  if (text.length > MAX_EVENT_BYTES) throw payloadTooLarge();
  const { members } = membersOf(text, { maxMembers: MAX_FIELDS });
  const name = path || THE_BODY;
  const fields = parsed(text, name);
  if (!isObject(fields)) throw new InvalidRequestError([noObjectFault(name, fields, EVENT_FIELDS)]);
  checkFields(fields, path, types);
  const { event, userId, extractionId, occurredAt } = fields;
  if (members.length > Object.keys(fields).length) {
    throw new InvalidRequestError([phrase('{{name}} must not have two fields of the same name', { name })]);
  }
  const value = members.find(({ name }) => name === 'data')?.value;
  const dataText = text.slice(value?.start, value?.end);
  const dataPath = path === '' ? 'data' : `${path}.data`;
  return { event, userId, extractionId, data: checkedData(fields, dataText, dataPath, types), occurredAt };
}

/** Checks a batch and returns the texts of its events. The texts themselves are not checked. */
function eventTexts(text: string): string[] {
  const { members } = membersOf(text, { maxMembers: MAX_FIELDS });
  const [first] = text.trimStart();
  if (first !== '{') throw new InvalidRequestError([noObjectFault(THE_BODY, first === '[' ? [] : text, BATCH_FIELDS)]);
  const unknown = members.flatMap(({ name = '' }) => (BATCH_FIELDS.has(name) ? [] : [name]));
  if (unknown.length > 0)
    throw unknownFieldsError(unknown, BATCH_FIELDS, '', unknown.length < members.length ? { events: '' } : {});
  if (members.length > 1) throw new InvalidRequestError(['events must not appear twice']);
  const { start, end } = members[0]?.value ?? { start: 0, end: 0 };
  const list = text.slice(start, end);
  const field = 'events';
  if (members.length === 0) {
    throw new InvalidRequestError([phrase('{{field}} is missing; it must be {{right}}', { field, right: A_BATCH })]);
  }
  if (!list.startsWith('[')) {
    throw new InvalidRequestError([phrase('{{field}} must be {{right}}', { field, right: A_BATCH })]);
  }
  const { members: elements } = membersOf(list, { maxMembers: MAX_BATCH_SIZE });
  if (elements.length === 0 || elements.length > MAX_BATCH_SIZE) {
    throw new InvalidRequestError([phrase('events must have 1 to {{max}} events', { max: MAX_BATCH_SIZE })]);
  }
  parsed(withZeros(text, elements, start));
  return elements.map(({ value }) => list.slice(value.start, value.end));
}

/** The text of a body. An empty body counts as an object without fields. */
function textOf(body: unknown): string {
  const text = body instanceof JsonText ? body.text : '';
  return text.trim() === '' ? '{}' : text;
}
