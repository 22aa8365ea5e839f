import type { ValidationError } from 'class-validator';
import { DomainError } from './domain-error.js';

/** Most faults that a message names. The answer stays short, whatever the request was. */
export const MAX_FAULTS = 10;
/** Longest name or value that a message repeats, in characters. Signing secrets (64) and API keys (38 to 72) are longer. */
const MAX_SHOWN = 36;

/** A request breaks rules. Its message names the first ten faults. */
export class InvalidRequestError extends DomainError {
  /** @param faults at least one; each names its field, says what is wrong with it, and what would be right */
  constructor(readonly faults: readonly string[]) {
    const more = faults.length - MAX_FAULTS;
    const named = faults.slice(0, MAX_FAULTS).join('; ');
    super('VALIDATION_ERROR', more > 0 ? `${named}; and ${more} more` : named);
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
 */
export function unknownFieldsError(
  names: readonly string[],
  known: Iterable<string>,
  parent = '',
): InvalidRequestError {
  const faults = unknownFieldFaults(names, parent);
  const last = Math.min(faults.length, MAX_FAULTS) - 1;
  // Once, with the last fault that the message names.
  faults[last] += `; the fields are ${listed([...known], 'and')}`;
  return new InvalidRequestError(faults);
}

/** The faults of {@link unknownFieldsError} without the fields that there are, for a message that has others to name. */
export function unknownFieldFaults(names: readonly string[], parent = ''): string[] {
  return names.map((name) => `${pathOf(parent, shownName(name))} should not exist`);
}

/** A value of a request as a message shows it. A long text is not repeated, since it may be a secret in a wrong field. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return value.length > MAX_SHOWN ? `a text of ${value.length} characters` : JSON.stringify(value);
}

/** `a`, `a or b`, `a, b or c`. */
export function listed(words: readonly string[], conjunction: 'and' | 'or'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`;
}

function shownName(name: string): string {
  if (name.length > MAX_SHOWN) return `a field with a name of ${name.length} characters`;
  return /^[\w.$-]+$/.test(name) ? name : JSON.stringify(name);
}

function pathOf(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`;
}

function faultsOf({ property, value, target, constraints, children }: ValidationError, parent: string): string[] {
  const path = Array.isArray(target) ? `${parent}[${property}]` : pathOf(parent, property);
  // One fault per field: the rules of a field overlap, and the first one says what to do.
  const own = Object.values(constraints ?? {}).slice(-1);
  return [
    ...own.map((message) => {
      const text = message.slice(property.length);
      // A fault that names an element of the field, as `events[1]: …` does, is about a value that is there.
      return value === undefined && text.startsWith(' must') ? `${path} is missing; it${text}` : `${path}${text}`;
    }),
    ...(children ?? []).flatMap((child) => faultsOf(child, path)),
  ];
}
