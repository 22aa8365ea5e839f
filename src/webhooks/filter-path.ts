import { text, type Phrase } from '../translations/phrase.js';

/** The place of a value in an event: names of members of its payload, or only `extractionId`. */
export type FilterPath = readonly string[];

/**
 * Reads a path of a filter, such as `data.meta.pages`. `\.` is a dot within a name, and `\\` a backslash.
 *
 * @returns a phrase that says what is wrong, for an invalid path
 */
export function filterPath(key: string): FilterPath | Phrase {
  if (key.startsWith('$')) return text('is not an operator here; use $and, $or, $not or a path');
  const names = [''];
  for (const [token] of key.matchAll(/\\[^]|[^]/gu)) {
    if (token === '.') names.push('');
    else if (token === '\\.' || token === '\\\\') names.push(names.pop() + token.slice(1));
    else if (token.startsWith('\\')) {
      return text('has a backslash that is not before a dot or a backslash');
    } else names.push(names.pop() + token);
  }
  if (names.includes('')) return text('has an empty name');
  const [first] = names;
  if (names.length === 1 ? first === 'type' || first === 'extractionId' : first === 'data') return names;
  return text('is not a path of an event; a path begins with data., or is type or extractionId');
}
