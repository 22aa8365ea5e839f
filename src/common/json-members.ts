import { DomainError } from './domain-error.js';
import { text as phrase } from '../translations/phrase.js';

/** Maximum nesting depth of a body. Deeper bodies exist only to exhaust the stack of a parser. */
const MAX_DEPTH = 100;

/** A part of a text: from `start` up to, but not including, `end`. */
interface Span {
  start: number;
  end: number;
}

/** A member of an object, or an element of an array, which has no name. */
export interface Member {
  name: string | undefined;
  /** Start of the key, or of the value of an array element. */
  start: number;
  value: Span;
}

export interface Members {
  /** Empty for a text that is neither an object nor an array. */
  members: Member[];
  /** Upper bound of the number of values read, at all depths: brackets and commas plus one. */
  values: number;
}

interface Limits {
  /** Reading ends after this many members. */
  maxMembers?: number;
  /** Reading ends after this many values of all depths. */
  maxValues?: number;
}

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/**
 * Finds the members of a JSON object or array in one pass, without parsing them.
 *
 * The pass looks only at quotes, brackets, commas and colons. For valid JSON the result is exact; for any other text it
 * has no meaning. Callers validate with `JSON.parse`, either the whole text, or each member and {@link withZeros}.
 *
 * @returns one member more than `maxMembers` if the text has more
 * @throws DomainError `VALIDATION_ERROR` for a text that is nested deeper than 100 levels
 */
export function membersOf(text: string, { maxMembers = Infinity, maxValues = Infinity }: Limits = {}): Members {
  const members: Member[] = [];
  let depth = 0;
  let values = 1;
  let name: string | undefined;
  /** Start of the current member, and start of its value. */
  let start = 0;
  let valueStart = 0;
  const endMember = (end: number): void => {
    const value = trimmed(text, valueStart, end);
    if (value.start < value.end) members.push({ name, start: trimmed(text, start, end).start, value });
    name = undefined;
    start = end + 1;
    valueStart = start;
  };
  let index = 0;
  for (; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      index = endOfString(text, index);
    } else if (code === COMMA) {
      values += 1;
      if (depth === 1) endMember(index);
      if (values > maxValues || members.length > maxMembers) break;
    } else if (code === COLON) {
      if (depth === 1 && name === undefined) {
        name = nameOf(text, trimmed(text, start, index));
        valueStart = index + 1;
      }
    } else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
      depth += 1;
      values += 1;
      if (depth === 1) start = valueStart = index + 1;
      if (depth > MAX_DEPTH) {
        throw new DomainError(
          'VALIDATION_ERROR',
          phrase('The body is nested deeper than {{max}} levels.', { max: MAX_DEPTH }),
        );
      }
    } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) {
      if (depth === 1) endMember(index);
      depth -= 1;
    }
  }
  // The text is incomplete. Its last member counts, so that parsing that member finds the error.
  if (depth > 0 && index >= text.length) endMember(text.length);
  return { members, values };
}

/** Replaces members by zeros. If the members are valid JSON, the result is JSON exactly if the text is. */
export function withZeros(text: string, members: readonly Member[], offset = 0): string {
  let at = 0;
  const around = members.map(({ value }) => {
    const before = text.slice(at, offset + value.start);
    at = offset + value.end;
    return before;
  });
  return [...around, text.slice(at)].join('0');
}

/** Removes the white space between the tokens of a JSON text. */
export function withoutWhiteSpace(text: string): string {
  return text.replace(/("[^"\\]*(?:\\.[^"\\]*)*")|[ \t\r\n]+/g, '$1');
}

/** Decodes a key of a JSON object. Returns a text that is no JSON string unchanged. */
function nameOf(text: string, { start, end }: Span): string {
  const key = text.slice(start, end);
  try {
    if (key.includes('\\')) return String(JSON.parse(key));
    return key.startsWith('"') && key.endsWith('"') && key.length > 1 ? key.slice(1, -1) : key;
  } catch {
    return key;
  }
}

/** The index of the closing quote of the string at `start`. The length of the text if there is none. */
function endOfString(text: string, start: number): number {
  let end = start;
  do {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
  } while (isEscaped(text, end));
  return end;
}

/** Whether an odd number of backslashes precedes the character. */
function isEscaped(text: string, index: number): boolean {
  let before = index;
  while (text.charCodeAt(before - 1) === BACKSLASH) before -= 1;
  return (index - before) % 2 === 1;
}

/** Excludes JSON white space (RFC 8259, section 2) at both ends of a range. */
function trimmed(text: string, from: number, to: number): Span {
  let start = from;
  let end = to;
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return { start, end };
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}
