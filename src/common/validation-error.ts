import type { ValidationError } from 'class-validator';
import { closestName } from './closest-name.js';
import { ExactNumber } from './exact-number.js';
import { DomainError, type DomainErrorOptions } from './domain-error.js';
import { isObject } from './is-object.js';

/** Maximum number of errors in a message. It keeps the response short for any request. */
export const MAX_FAULTS = 10;
/**
 * Longest name or value that a message repeats, in characters. Signing secrets (64) and API keys (38 to 72) are longer
 * and therefore never repeated.
 */
const MAX_SHOWN = 36;

/** Additions to a suggestion whose field works differently from its counterpart in other APIs. */
const HOW_IT_WORKS = new Map([
  ['cursor', 'cursor, the nextCursor of the page before, with limit, the size of a page'],
  ['scopes', 'scopes, an array'],
]);

/** A request that breaks validation rules. The message names the first ten errors. */
export class InvalidRequestError extends DomainError {
  /** @param faults at least one; each names its field, says what is wrong with it, and what would be right */
  constructor(
    readonly faults: readonly string[],
    options: DomainErrorOptions = {},
  ) {
    const more = faults.length - MAX_FAULTS;
    const named = faults.slice(0, MAX_FAULTS).join('; ');
    super('VALIDATION_ERROR', more > 0 ? `${named}; and ${more} more` : named, options);
  }
}

/**
 * Converts the errors of class-validator.
 *
 * @param parent the path of the validated object, such as `events[2]`; empty for the body or query itself
 */
export function validationError(errors: readonly ValidationError[], parent = ''): InvalidRequestError {
  return new InvalidRequestError(errors.flatMap((error) => faultsOf(error, parent)));
}

/**
 * The error for fields that an object does not have.
 *
 * @param known the fields that the object may have
 * @param parent as for {@link validationError}
 * @param given the object itself; fields that it already has are not suggested
 */
export function unknownFieldsError(
  names: readonly string[],
  known: Iterable<string>,
  parent = '',
  given: object = {},
): InvalidRequestError {
  const faults = unknownFieldFaults(names, known, parent, given);
  const last = Math.min(faults.length, MAX_FAULTS) - 1;
  // Added once, to the last error that the message has room for.
  faults[last] += `; the fields are ${listed([...known], 'and')}`;
  return new InvalidRequestError(faults);
}

/** As {@link unknownFieldsError}, without the list of known fields. For a message that combines several errors. */
export function unknownFieldFaults(
  names: readonly string[],
  known: Iterable<string>,
  parent: string,
  given: object,
): string[] {
  const fields = [...known].filter((name) => !Object.hasOwn(given, name));
  return names.map((name, index) => {
    // Only names that fit into the message are compared, so that the cost does not grow with the body.
    const meant = index < MAX_FAULTS ? closestName(name, fields) : undefined;
    const hint = meant === undefined ? '' : ` (did you mean ${HOW_IT_WORKS.get(meant) ?? meant}?)`;
    return `${pathOf(parent, shownName(name))} should not exist${hint}`;
  });
}

/** Rejects a body that wraps its fields in one object, as in `{"data": {…}}`. */
export function refuseWrapped(body: object, fields: ReadonlySet<string>): void {
  if (Object.keys(body).length !== 1) return;
  const [[name, value] = ['', undefined]] = Object.entries(body);
  if (!isObject(value) || !Object.keys(value).some((inner) => fields.has(inner))) return;
  throw new InvalidRequestError([`${shownName(name)} must not wrap the fields: send them at the top level`]);
}

/**
 * The message for a value that is no JSON object. It never repeats a text, which may be a secret.
 *
 * @param name the subject of the message, such as `The body`
 */
export function noObjectFault(name: string, value: unknown, fields: Iterable<string>): string {
  const has = listed([...fields], 'and');
  const what = typeof value === 'object' ? shown(value) : `a ${typeof value === 'string' ? 'text' : typeof value}`;
  const encoded = typeof value === 'string' && value.startsWith('{') ? '; it was encoded twice' : '';
  return `${name} must be a JSON object${has === '' ? '' : ` with ${has}`}, not ${what}${encoded}`;
}

/** Formats a value for a message. A long text is not repeated, because it may be a secret in the wrong field. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (value instanceof ExactNumber) return shownNumber(value.text);
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return value.length > MAX_SHOWN ? `a text of ${value.length} characters` : JSON.stringify(value);
}

function shownNumber(text: string): string {
  return text.length > MAX_SHOWN ? `a number of ${text.length} characters` : text;
}

/** A longer list of choices is abbreviated, in characters. */
const MAX_LISTED = 200;
/** Number of choices that an abbreviated list shows. */
const SHOWN_CHOICES = 3;

/**
 * Lists valid values for a message, abbreviated if there are many.
 *
 * @param given the invalid value; the closest valid one comes first
 */
export function choices(values: readonly string[], given?: unknown): string {
  if (values.join().length <= MAX_LISTED) return listed(values, 'or');
  const meant = typeof given === 'string' ? closestName(given, values) : undefined;
  const few = [...new Set([...(meant === undefined ? [] : [meant]), ...values])].slice(0, SHOWN_CHOICES);
  return listed([...few, `one of ${values.length - few.length} others`], 'or');
}

/** Joins words: `a`, `a or b`, `a, b or c`. */
function listed(words: readonly string[], conjunction: 'and' | 'or'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`;
}

/** Formats a field name for a message. */
export function shownName(name: string): string {
  if (name.length > MAX_SHOWN) return `a field with a name of ${name.length} characters`;
  return /^[\w.$-]+$/.test(name) ? name : JSON.stringify(name);
}

function pathOf(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`;
}

function faultsOf({ property, value, target, constraints, children }: ValidationError, parent: string): string[] {
  const path = Array.isArray(target) ? `${parent}[${property}]` : pathOf(parent, shownName(property));
  if (constraints?.whitelistValidation !== undefined) return [`${path} should not exist`];
  // One error per field: the rules of a field overlap, and the first declared rule has the most helpful message.
  const own = Object.values(constraints ?? {}).slice(-1);
  return [
    ...own.map((message) => {
      // A host application's rule may have a message that does not begin with the property.
      if (!message.startsWith(property)) return `${path}: ${message}`;
      const text = message.slice(property.length);
      // Messages such as `events[1]: …` already contain the value.
      if (!text.startsWith(' must be ')) return `${path}${text}`;
      if (value === undefined) return `${path} is missing; it${text}`;
      const end = `${text};`.indexOf(';');
      return `${path}${text.slice(0, end)}, not ${shown(value)}${text.slice(end)}`;
    }),
    ...(children ?? []).flatMap((child) => faultsOf(child, path)),
  ];
}
