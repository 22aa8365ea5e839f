import { parseExact } from '../common/exact-number.js';
import { isObject } from '../common/is-object.js';
import { parsed } from '../common/json-body.js';
import { membersOf } from '../common/json-members.js';
import { InvalidRequestError, noObjectFault, shown, unknownFieldsError } from '../common/validation-error.js';
import { EXTERNAL_ID_TEXT, isExternalId } from '../common/validation.js';
import { faultOfFilter } from './filter.js';
import { jsonpathOf } from './filter-jsonpath.js';
import type { EventToTestDto } from './filter-test.dto.js';
import { filterDocument } from './filter-text.js';
import { text, type Phrase, type PhraseValue } from '../translations/phrase.js';

const FIELDS: ReadonlySet<string> = new Set(['filter', 'event']);
const EVENT_FIELDS: ReadonlySet<string> = new Set<keyof EventToTestDto>([
  'type',
  'event',
  'extractionId',
  'timestamp',
  'occurredAt',
  'userId',
  'data',
]);
/** Fields of an event that no filter reads. */
const UNREAD = ['timestamp', 'occurredAt', 'userId'] as const;
/** Most fields that are read. It is more than the valid ones, because the message names unknown ones. */
const MAX_FIELDS = 50;

/** A filter and an event, ready for the statement. */
export interface FilterTest {
  /** The filter as an SQL/JSON path. */
  path: string;
  /** The text to cast to `jsonb`. */
  document: string;
  extractionId: string | null;
}

/**
 * Reads the body of `POST /v1/webhooks/test-filter`. Numbers keep all digits.
 *
 * @throws DomainError `VALIDATION_ERROR`
 */
export function filterTestOf(json: string): FilterTest {
  const body = fieldsOf(json, text('The body'), '', FIELDS);
  const filter = parseExact(body.filter ?? 'null');
  const fault = faultOfFilter(filter);
  if (fault !== undefined) throw new InvalidRequestError([fault('filter')]);
  const event = fieldsOf(body.event ?? 'null', 'event', 'event', EVENT_FIELDS);
  for (const name of UNREAD) requireText(event[name], `event.${name}`);
  const data = event.data ?? 'null';
  const content = JSON.parse(data) as unknown;
  if (!isObject(content)) throw mustBe('event.data', text('an object'), content);
  if (event.type !== undefined && event.event !== undefined) {
    throw new InvalidRequestError(['event must have type or event, not both']);
  }
  const type = textOf(event.type ?? event.event, event.type === undefined ? 'event.event' : 'event.type');
  const given = textOf(event.extractionId, 'event.extractionId');
  const own = 'id' in content && isExternalId(content.id) ? content.id : undefined;
  const extractionId = given ?? (event.event === undefined ? own : undefined) ?? null;
  const id = extractionId === null || 'id' in content ? '' : `"id":${JSON.stringify(extractionId)},`;
  // A comma before } is no JSON.
  const members = Object.keys(content).length === 0 ? `${id.slice(0, -1)}}` : id + data.slice(data.indexOf('{') + 1);
  const payload = `{${type === undefined ? '' : `"type":${JSON.stringify(type)},`}"data":{${members}}`;
  return { path: jsonpathOf(filter), document: filterDocument(payload) ?? payload, extractionId };
}

/** The texts of the fields of a JSON object. */
function fieldsOf(json: string, name: PhraseValue, path: string, known: ReadonlySet<string>): Record<string, string> {
  const value = parsed(json, name);
  if (!isObject(value)) throw new InvalidRequestError([noObjectFault(name, value, known)]);
  const unknown = Object.keys(value).filter((field) => !known.has(field));
  if (unknown.length > 0) throw unknownFieldsError(unknown, known, path, value);
  const { members } = membersOf(json, { maxMembers: MAX_FIELDS });
  if (members.length > Object.keys(value).length) {
    throw new InvalidRequestError([text('{{name}} must not have two fields of the same name', { name })]);
  }
  return Object.fromEntries(members.map(({ name: field, value: { start, end } }) => [field, json.slice(start, end)]));
}

function requireText(json: string | undefined, name: string): void {
  const value = json === undefined ? '' : (JSON.parse(json) as unknown);
  if (typeof value !== 'string') throw mustBe(name, text('a text'), value);
}

function textOf(json: string | undefined, name: string): string | undefined {
  if (json === undefined) return undefined;
  const value = JSON.parse(json) as unknown;
  if (isExternalId(value)) return value;
  throw mustBe(name, EXTERNAL_ID_TEXT, value);
}

function mustBe(field: string, right: Phrase, given: unknown): InvalidRequestError {
  return new InvalidRequestError([
    text('{{field}} must be {{right}}, not {{value}}', { field, right, value: shown(given) }),
  ]);
}
