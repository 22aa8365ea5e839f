import { DomainError } from './domain-error.js';
import { parseExact } from './exact-number.js';
import { membersOf } from './json-members.js';
import { text, type Phrase, type PhraseValue } from '../translations/phrase.js';

/** Matches `__proto__` as a key, in every escaped spelling of JSON. The key would reach the prototype of an object. */
const PROTOTYPE_KEY =
  /"(?:_|\\u005[Ff]){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006[Ff])(?:t|\\u0074)(?:o|\\u006[Ff])(?:_|\\u005[Ff]){2}"\s*:/;

/**
 * Maximum number of values in the body of a management route, at all depths. The largest valid body names 100 ids.
 * The bound keeps rules that compare all pairs of values below a millisecond.
 */
const MAX_VALUES = 1_000;

/** Hints for the messages of V8's JSON parser. The first matching pattern counts. */
const HINTS: readonly (readonly [fault: RegExp, hint: Phrase])[] = [
  [/\[object Object\]|"undefined"/, text('send what JSON.stringify returns')],
  [/double-quoted property name/, text('names need double quotes, and no comma may stand before }')],
  [/property name|token '''/, text('names and texts need double quotes')],
  [/token '[\]}]'/, text('no comma may stand before ] or }, and no value may be missing')],
  [/token '[TFN]'/, text('write true, false and null')],
  [/control character/, text('write a line break in a text as \\n')],
  [/end of JSON|Unterminated/, text('the text ends too early')],
  [/Unexpected token/, text('an object begins with {, and texts need double quotes')],
];

/**
 * Parses the JSON body of a management route. Returns undefined for an empty body. Numbers that JavaScript can't hold with all
 * digits become an `ExactNumber`.
 *
 * @throws DomainError `VALIDATION_ERROR` for text that is not JSON, has more than 1,000 values, is nested deeper than 100
 *   levels, or has a key `__proto__`
 */
export function parseJson(json: string): unknown {
  if (json.trim() === '') return undefined;
  // Count before parsing: parsing and validation of a huge body would block other requests.
  const { values } = membersOf(json, { maxValues: MAX_VALUES });
  if (values > MAX_VALUES) {
    throw new DomainError('VALIDATION_ERROR', text('The body has more than {{max}} values.', { max: MAX_VALUES }));
  }
  // The first parser finds faults.
  parsed(json);
  return parseExact(json);
}

/**
 * Parses JSON text.
 *
 * @param name the subject of the message, such as `The body`
 * @throws DomainError `VALIDATION_ERROR` for text that is not JSON or has a key `__proto__`
 */
export function parsed(json: string, name: PhraseValue = text('The body')): unknown {
  if (PROTOTYPE_KEY.test(json)) {
    throw new DomainError('VALIDATION_ERROR', text('{{name}} must not have a key "__proto__".', { name }));
  }
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    // V8's message quotes the text around the error, which may be a secret.
    const fault = (error as Error).message.replace(/,? (\.\.\.)?".*"(\.\.\.)? is not valid JSON$/s, '');
    const hint = HINTS.find(([pattern]) => pattern.test(fault))?.[1];
    throw new DomainError(
      'VALIDATION_ERROR',
      hint === undefined
        ? text('{{name}} is not JSON: {{fault}}', { name, fault })
        : text('{{name}} is not JSON: {{fault}}; {{hint}}', { name, fault, hint }),
    );
  }
}
