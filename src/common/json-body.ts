import { DomainError } from './domain-error.js';

/** How deep a body may be nested. Deeper ones only exist to exhaust the stack of whatever walks them. */
const MAX_DEPTH = 100;

/** The key through which an object's prototype could be reached, in every way JSON can spell it. */
const PROTOTYPE_KEY =
  /"(?:_|\\u005[Ff]){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006[Ff])(?:t|\\u0074)(?:o|\\u006[Ff])(?:_|\\u005[Ff]){2}"\s*:/;

/**
 * Reads a JSON body; an empty one is undefined.
 *
 * @throws DomainError `VALIDATION_ERROR` for text that is not JSON, is nested too deep, or names `__proto__`
 */
export function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  if (isDeeperThan(MAX_DEPTH, text)) {
    throw new DomainError('VALIDATION_ERROR', `The body is nested deeper than ${MAX_DEPTH} levels.`);
  }
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
const BACKSLASH = 92;

function isDeeperThan(limit: number, text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === BACKSLASH) index += 1;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) {
      inString = true;
    } else if (code === 91 || code === 123) {
      depth += 1;
      if (depth > limit) return true;
    } else if (code === 93 || code === 125) {
      depth -= 1;
    }
  }
  return false;
}
