import { DomainError } from './domain-error.js';
import { membersOf } from './json-members.js';

/** The key through which an object's prototype could be reached, in every way JSON can spell it. */
const PROTOTYPE_KEY =
  /"(?:_|\\u005[Ff]){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006[Ff])(?:t|\\u0074)(?:o|\\u006[Ff])(?:_|\\u005[Ff]){2}"\s*:/;

/**
 * Most values in the body of a management route, at all depths. The largest body of the contract names 100 ids. Rules
 * that compare every value with every other one then take a millisecond, whatever the body is.
 */
const MAX_VALUES = 1_000;

/** What helps against the faults that V8 finds. */
const HINTS: readonly (readonly [fault: RegExp, hint: string])[] = [
  [/\[object Object\]|"undefined"/, 'send what JSON.stringify returns'],
  [/double-quoted property name/, 'names need double quotes, and no comma may stand before }'],
  [/property name|token '''/, 'names and texts need double quotes'],
  [/token '[\]}]'/, 'no comma may stand before ] or }, and no value may be missing'],
  [/token '[TFN]'/, 'write true, false and null'],
  [/control character/, 'write a line break in a text as \\n'],
  [/end of JSON|Unterminated/, 'it breaks off'],
  [/Unexpected token/, 'an object begins with {, and texts need double quotes'],
];

/**
 * Reads the JSON body of a management route; an empty one is undefined.
 *
 * @throws DomainError `VALIDATION_ERROR` for text that is not JSON, has more than 1,000 values, is nested deeper than 100
 *   levels, or names `__proto__`
 */
export function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  // Counted before the text is parsed and before any rule runs.
  const { values } = membersOf(text, { maxValues: MAX_VALUES });
  if (values > MAX_VALUES) {
    throw new DomainError('VALIDATION_ERROR', `The body has more than ${MAX_VALUES} values.`);
  }
  return parsed(text, 'The body');
}

/**
 * Parses JSON text.
 *
 * @param name what the text is, for the message
 * @throws DomainError `VALIDATION_ERROR` for text that is not JSON or names `__proto__`
 */
export function parsed(text: string, name = 'The body'): unknown {
  if (PROTOTYPE_KEY.test(text)) throw new DomainError('VALIDATION_ERROR', `${name} must not have a key "__proto__".`);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // V8 quotes the text around the fault, which may be a secret.
    const fault = (error as Error).message.replace(/,? (\.\.\.)?".*"(\.\.\.)? is not valid JSON$/s, '');
    const hint = HINTS.find(([pattern]) => pattern.test(fault))?.[1];
    throw new DomainError('VALIDATION_ERROR', `${name} is not JSON: ${fault}${hint === undefined ? '' : `; ${hint}`}`);
  }
}
