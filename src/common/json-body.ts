import { DomainError } from './domain-error.js';

/** How deep a body may be nested. Deeper ones only exist to exhaust the stack of whatever walks them. */
const MAX_DEPTH = 100;

/** The key through which an object's prototype could be reached, in every way JSON can spell it. */
const PROTOTYPE_KEY =
  /"(?:_|\\u005[Ff]){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006[Ff])(?:t|\\u0074)(?:o|\\u006[Ff])(?:_|\\u005[Ff]){2}"\s*:/;

/**
 * Reads a JSON body; an empty one is undefined.
 *
 * @throws DomainError `VALIDATION_ERROR` for text that is not JSON, is nested too deep, names `__proto__`, or has a
 *   number such as 1e999, which JavaScript would write again as null
 */
export function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  const excess = excessOf(text);
  if (excess !== undefined) throw new DomainError('VALIDATION_ERROR', excess);
  if (PROTOTYPE_KEY.test(text)) throw new DomainError('VALIDATION_ERROR', 'The body must not have a key "__proto__".');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // V8 quotes what stands around the fault, which may be a secret.
    const fault = (error as Error).message.replace(/,? (\.\.\.)?".*"(\.\.\.)? is not valid JSON$/s, '');
    throw new DomainError('VALIDATION_ERROR', `The body is not JSON: ${fault}`);
  }
}

const QUOTE = 34;
const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const UPPER_E = 69;
const BACKSLASH = 92;
const LOWER_E = 101;

/** What in a text is more than we take, found in one walk over it. What is no JSON at all is for the parser to say. */
function excessOf(text: string): string | undefined {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      index = lastOfString(text, index);
    } else if (code >= ZERO && code <= NINE) {
      index = lastOfNumber(text, index);
      if (index < 0) return 'The body has a number that is too large: send it as text.';
    } else if (code === 91 || code === 123) {
      depth += 1;
      if (depth > MAX_DEPTH) return `The body is nested deeper than ${MAX_DEPTH} levels.`;
    } else if (code === 93 || code === 125) {
      depth -= 1;
    }
  }
  return undefined;
}

/** Where the string ends that begins at `start`; at the text's end for one that does not. */
function lastOfString(text: string, start: number): number {
  let end = start;
  do {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
  } while (isEscaped(text, end));
  return end;
}

/** Whether an odd number of backslashes stands before it. */
function isEscaped(text: string, index: number): boolean {
  let before = index;
  while (text.charCodeAt(before - 1) === BACKSLASH) before -= 1;
  return (index - before) % 2 === 1;
}

/** So many digits without an exponent are always a finite number. */
const SAFE_LENGTH = 300;

/** Where the last character of the number is that begins at `start`; -1 for one beyond all that JavaScript has. */
function lastOfNumber(text: string, start: number): number {
  let hasExponent = false;
  let end = start + 1;
  for (; end < text.length; end += 1) {
    const code = text.charCodeAt(end);
    if (code === LOWER_E || code === UPPER_E) hasExponent = true;
    else if ((code < ZERO || code > NINE) && code !== DOT && code !== PLUS && code !== MINUS) break;
  }
  const isSafe = !hasExponent && end - start <= SAFE_LENGTH;
  return isSafe || Number(text.slice(start, end)) !== Infinity ? end - 1 : -1;
}
