import type { ValidationError } from 'class-validator';
import { closestName } from './closest-name.js';
import { ExactNumber } from './exact-number.js';
import { DomainError, type DomainErrorOptions } from './domain-error.js';
import { concat, joined, phraseOf, text, type Phrase, type PhraseValue } from '../translations/phrase.js';
import { ruleOf, type Requirement } from './rules.js';
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
  ['cursor', text('cursor, the nextCursor of the page before, with limit, the size of a page')],
  ['scopes', text('scopes, an array')],
]);

/** A request that breaks validation rules. The message names the first ten errors. */
export class InvalidRequestError extends DomainError {
  readonly faults: readonly Phrase[];

  /** @param faults at least one; each names its field, says what is wrong with it, and what would be right */
  constructor(faults: readonly (string | Phrase)[], options: DomainErrorOptions = {}) {
    const phrases = faults.map(phraseOf);
    const more = phrases.length - MAX_FAULTS;
    const named = joined(phrases.slice(0, MAX_FAULTS), '; ');
    super(
      'VALIDATION_ERROR',
      more > 0 ? text('{{faults}}; and {{more}} more', { faults: named, more }) : named,
      options,
    );
    this.faults = phrases;
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
  const fault = faults[last] ?? '';
  faults[last] = text('{{fault}}; the fields are {{fields}}', { fault, fields: listed([...known], 'and') });
  return new InvalidRequestError(faults);
}

/** As {@link unknownFieldsError}, without the list of known fields. For a message that combines several errors. */
export function unknownFieldFaults(
  names: readonly string[],
  known: Iterable<string>,
  parent: string,
  given: object,
): Phrase[] {
  const fields = [...known].filter((name) => !Object.hasOwn(given, name));
  return names.map((name, index) => {
    const field = pathOf(parent, shownName(name));
    // Only names that fit into the message are compared, so that the cost does not grow with the body.
    const meant = index < MAX_FAULTS ? closestName(name, fields) : undefined;
    if (meant === undefined) return text('{{field}} should not exist', { field });
    return text('{{field}} should not exist (did you mean {{meant}}?)', {
      field,
      meant: HOW_IT_WORKS.get(meant) ?? meant,
    });
  });
}

/** Rejects a body that wraps its fields in one object, as in `{"data": {…}}`. */
export function refuseWrapped(body: object, fields: ReadonlySet<string>): void {
  if (Object.keys(body).length !== 1) return;
  const [[name, value] = ['', undefined]] = Object.entries(body);
  if (!isObject(value) || !Object.keys(value).some((inner) => fields.has(inner))) return;
  throw new InvalidRequestError([
    text('{{field}} must not wrap the fields: send them at the top level', { field: shownName(name) }),
  ]);
}

const KINDS = { string: text('a text'), number: text('a number'), boolean: text('a boolean') };

/**
 * The message for a value that is no JSON object. It never repeats a text, which may be a secret.
 *
 * @param field the subject of the message, such as `The body`
 */
export function noObjectFault(field: PhraseValue, given: unknown, fields: Iterable<string>): Phrase {
  const has = [...fields];
  const right =
    has.length === 0 ? text('a JSON object') : text('a JSON object with {{fields}}', { fields: listed(has, 'and') });
  const kind = typeof given;
  const value = kind === 'object' ? shown(given) : (KINDS[kind as keyof typeof KINDS] ?? `a ${kind}`);
  const fault = text('{{field}} must be {{right}}, not {{value}}', { field, right, value });
  if (typeof given !== 'string' || !given.startsWith('{')) return fault;
  return text('{{fault}}; {{hint}}', { fault, hint: text('it was encoded twice') });
}

/** Formats a value for a message. A long text is not repeated, because it may be a secret in the wrong field. */
export function shown(value: unknown): string | Phrase {
  if (Array.isArray(value)) return text('an array');
  if (value instanceof ExactNumber) return shownNumber(value.text);
  if (typeof value === 'object' && value !== null) return text('an object');
  if (typeof value !== 'string') return String(value);
  const { length } = value;
  return length > MAX_SHOWN ? text('a text of {{length}} characters', { length }) : JSON.stringify(value);
}

function shownNumber(number: string): string | Phrase {
  const { length } = number;
  return length > MAX_SHOWN ? text('a number of {{length}} characters', { length }) : number;
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
export function choices(values: readonly string[], given?: unknown): PhraseValue {
  if (values.join().length <= MAX_LISTED) return listed(values, 'or');
  const meant = typeof given === 'string' ? closestName(given, values) : undefined;
  const few = [...new Set([...(meant === undefined ? [] : [meant]), ...values])].slice(0, SHOWN_CHOICES);
  return listed([...few, text('one of {{count}} others', { count: values.length - few.length })], 'or');
}

/** Joins words: `a`, `a or b`, `a, b or c`. */
function listed(words: readonly PhraseValue[], conjunction: 'and' | 'or'): PhraseValue {
  const [last = ''] = words.slice(-1);
  if (words.length < 2) return last;
  const others = joined(words.slice(0, -1), ', ');
  return conjunction === 'or'
    ? text('{{others}} or {{last}}', { others, last })
    : text('{{others}} and {{last}}', { others, last });
}

/** Formats a field name for a message. */
export function shownName(name: string): string | Phrase {
  const { length } = name;
  if (length > MAX_SHOWN) return text('a field with a name of {{length}} characters', { length });
  return /^[\w.$-]+$/.test(name) ? name : JSON.stringify(name);
}

function pathOf(parent: PhraseValue, name: PhraseValue): PhraseValue {
  return parent === '' ? name : concat(parent, '.', name);
}

function faultsOf(error: ValidationError, parent: PhraseValue): Phrase[] {
  const { property, target, constraints, children } = error;
  const field = Array.isArray(target) ? concat(parent, `[${property}]`) : pathOf(parent, shownName(property));
  if (constraints?.whitelistValidation !== undefined) return [text('{{field}} should not exist', { field })];
  // One error per field: the rules of a field overlap, and the first declared rule has the most helpful message.
  const own = Object.entries(constraints ?? {}).slice(-1);
  return [
    ...own.map(([rule, message]) => ownFault(error, field, rule) ?? hostFault(error, field, message)),
    ...(children ?? []).flatMap((child) => faultsOf(child, field)),
  ];
}

/** The fault by a rule of this package. */
function ownFault({ value, target, contexts }: ValidationError, field: PhraseValue, rule: string): Phrase | undefined {
  const fault = ruleOf(contexts?.[rule])?.(value, target ?? {});
  return typeof fault === 'function' ? fault(field) : fault && requiredFault(field, value, fault);
}

/** The fault by a rule of a host application, whose message is a finished text. */
function hostFault({ property, value }: ValidationError, field: PhraseValue, message: string): Phrase {
  // The message may not begin with the property.
  if (!message.startsWith(property)) return joined([field, message], ': ');
  const rest = message.slice(property.length);
  if (!rest.startsWith(MUST_BE)) return joined([field, rest], '');
  const end = `${rest};`.indexOf(';');
  return joined([requiredFault(field, value, { right: rest.slice(MUST_BE.length, end) }), rest.slice(end)], '');
}

const MUST_BE = ' must be ';

function requiredFault(field: PhraseValue, value: unknown, { right, hint }: Requirement): Phrase {
  const fault =
    value === undefined
      ? text('{{field}} is missing; it must be {{right}}', { field, right })
      : text('{{field}} must be {{right}}, not {{value}}', { field, right, value: shown(value) });
  return hint ? text('{{fault}}; {{hint}}', { fault, hint }) : fault;
}
