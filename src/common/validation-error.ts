import type { ValidationError } from 'class-validator';
import { closestName } from './closest-name.js';
import { DomainError, type DomainErrorOptions } from './domain-error.js';
import { isObject } from './is-object.js';

/** Most faults that a message names. The answer stays short, whatever the request was. */
export const MAX_FAULTS = 10;
/** Longest name or value that a message repeats, in characters. Signing secrets (64) and API keys (38 to 72) are longer. */
const MAX_SHOWN = 36;

/** What a suggestion adds for a field that works differently from its counterpart in other APIs. */
const HOW_IT_WORKS = new Map([
  ['cursor', 'cursor, the nextCursor of the page before, with limit, the size of a page'],
  ['scopes', 'scopes, an array'],
]);

/** A request breaks rules. Its message names the first ten faults. */
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
 * The faults that class-validator found.
 *
 * @param parent the path of the object that was validated, such as `events[2]`; empty for the body or query itself
 */
export function validationError(errors: readonly ValidationError[], parent = ''): InvalidRequestError {
  return new InvalidRequestError(errors.flatMap((error) => faultsOf(error, parent)));
}

/**
 * Fields that their object does not have.
 *
 * @param known the fields that it has
 * @param parent as for {@link validationError}
 * @param given the object: a field that it has is not suggested
 */
export function unknownFieldsError(
  names: readonly string[],
  known: Iterable<string>,
  parent = '',
  given: object = {},
): InvalidRequestError {
  const faults = unknownFieldFaults(names, known, parent, given);
  const last = Math.min(faults.length, MAX_FAULTS) - 1;
  // Once, with the last fault that the message names.
  faults[last] += `; the fields are ${listed([...known], 'and')}`;
  return new InvalidRequestError(faults);
}

/** The faults of {@link unknownFieldsError} without the fields that there are, for a message that has others to name. */
export function unknownFieldFaults(
  names: readonly string[],
  known: Iterable<string>,
  parent: string,
  given: object,
): string[] {
  const fields = [...known].filter((name) => !Object.hasOwn(given, name));
  return names.map((name, index) => {
    // Names that the message does not have room for are not compared.
    const meant = index < MAX_FAULTS ? closestName(name, fields) : undefined;
    const hint = meant === undefined ? '' : ` (did you mean ${HOW_IT_WORKS.get(meant) ?? meant}?)`;
    return `${pathOf(parent, shownName(name))} should not exist${hint}`;
  });
}

/** Refuses a body whose only field is an object that has the fields of the body, as in `{"data": {…}}`. */
export function refuseWrapped(body: object, fields: ReadonlySet<string>): void {
  if (Object.keys(body).length !== 1) return;
  const [[name, value] = ['', undefined]] = Object.entries(body);
  if (!isObject(value) || !Object.keys(value).some((inner) => fields.has(inner))) return;
  throw new InvalidRequestError([`${shownName(name)} must not be around the fields: send them without it`]);
}

/**
 * What is wrong with something that is no JSON object. Its text is not repeated, however short: nobody knows what it is.
 *
 * @param name what it is, such as `The body`
 */
export function noObjectFault(name: string, value: unknown, fields: Iterable<string>): string {
  const has = listed([...fields], 'and');
  const what = typeof value === 'object' ? shown(value) : `a ${typeof value === 'string' ? 'text' : typeof value}`;
  const encoded = typeof value === 'string' && value.startsWith('{') ? '; it was encoded twice' : '';
  return `${name} must be a JSON object${has === '' ? '' : ` with ${has}`}, not ${what}${encoded}`;
}

/** A value of a request as a message shows it. A long text is not repeated, since it may be a secret in a wrong field. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return value.length > MAX_SHOWN ? `a text of ${value.length} characters` : JSON.stringify(value);
}

/** Longest list of choices that is shown in full, in characters. */
const MAX_LISTED = 200;
/** How many choices of a longer list are shown. */
const SHOWN_CHOICES = 3;

/**
 * The values that are right, as {@link listed}; of many, a few.
 *
 * @param given the value that is wrong: the one that was probably meant comes first
 */
export function choices(values: readonly string[], given?: unknown): string {
  if (values.join().length <= MAX_LISTED) return listed(values, 'or');
  const meant = typeof given === 'string' ? closestName(given, values) : undefined;
  const few = [...new Set([...(meant === undefined ? [] : [meant]), ...values])].slice(0, SHOWN_CHOICES);
  return listed([...few, `one of ${values.length - few.length} others`], 'or');
}

/** `a`, `a or b`, `a, b or c`. */
function listed(words: readonly string[], conjunction: 'and' | 'or'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`;
}

/** The name of a field of a request as a message shows it. */
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
  // One fault per field: the rules of a field overlap, and the first one says what to do.
  const own = Object.values(constraints ?? {}).slice(-1);
  return [
    ...own.map((message) => {
      // The rules of an application may have messages of their own.
      if (!message.startsWith(property)) return `${path}: ${message}`;
      const text = message.slice(property.length);
      // Other faults, as `events[1]: …`, say themselves what is there.
      if (!text.startsWith(' must be ')) return `${path}${text}`;
      if (value === undefined) return `${path} is missing; it${text}`;
      const end = `${text};`.indexOf(';');
      return `${path}${text.slice(0, end)}, not ${shown(value)}${text.slice(end)}`;
    }),
    ...(children ?? []).flatMap((child) => faultsOf(child, path)),
  ];
}
