import { DomainError } from './domain-error.js';
import { parseExact } from './exact-number.js';
import { membersOf } from './json-members.js';

/** Matches `__proto__` as a key, in every escaped spelling of JSON. The key would reach the prototype of an object. */
const PROTOTYPE_KEY =
  /"(?:_|\\u005[Ff]){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006[Ff])(?:t|\\u0074)(?:o|\\u006[Ff])(?:_|\\u005[Ff]){2}"\s*:/;

/**
 * Maximum number of values in the body of a management route, at all depths. The largest valid body names 100 ids.
 * The bound keeps rules that compare all pairs of values below a millisecond.
 */
const MAX_VALUES = 1_000;

/** Hints for the messages of V8's JSON parser. The first matching pattern counts. */
const HINTS: readonly (readonly [fault: RegExp, hint: string])[] = [
  [/\[object Object\]|"undefined"/, 'send what JSON.stringify returns'],
  [/double-quoted property name/, 'names need double quotes, and no comma may stand before }'],
  [/property name|token '''/, 'names and texts need double quotes'],
  [/token '[\]}]'/, 'no comma may stand before ] or }, and no value may be missing'],
  [/token '[TFN]'/, 'write true, false and null'],
  [/control character/, 'write a line break in a text as \\n'],
  [/end of JSON|Unterminated/, 'the text ends too early'],
  [/Unexpected token/, 'an object begins with {, and texts need double quotes'],
];

/**
 * Parses the JSON body of a management route. Returns undefined for an empty body. Numbers that JavaScript can't hold with all
 * digits become an `ExactNumber`.
 *
 * @throws DomainError `VALIDATION_ERROR` for text that is not JSON, has more than 1,000 values, is nested deeper than 100
 *   levels, or has a key `__proto__`
 */
export function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  // Count before parsing: parsing and validation of a huge body would block other requests.
  const { values } = membersOf(text, { maxValues: MAX_VALUES });
  if (values > MAX_VALUES) {
    throw new DomainError('VALIDATION_ERROR', `The body has more than ${MAX_VALUES} values.`);
  }
  // The first parser finds faults.
  parsed(text, 'The body');
  return parseExact(text);
}

/**
 * Parses JSON text.
 *
 * @param name the subject of the message, such as `The body`
 * @throws DomainError `VALIDATION_ERROR` for text that is not JSON or has a key `__proto__`
 */
export function parsed(text: string, name = 'The body'): unknown {
  if (PROTOTYPE_KEY.test(text)) throw new DomainError('VALIDATION_ERROR', `${name} must not have a key "__proto__".`);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // V8's message quotes the text around the error, which may be a secret.
    const fault = (error as Error).message.replace(/,? (\.\.\.)?".*"(\.\.\.)? is not valid JSON$/s, '');
    const hint = HINTS.find(([pattern]) => pattern.test(fault))?.[1];
    throw new DomainError('VALIDATION_ERROR', `${name} is not JSON: ${fault}${hint === undefined ? '' : `; ${hint}`}`);
  }
}
