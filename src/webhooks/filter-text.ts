import { decimalOf } from '../common/exact-number.js';

/**
 * The text of documents and filters, as `jsonb` and `jsonpath` can hold it. Both refuse NUL, lone surrogates and very large
 * numbers, which JSON allows. These are replaced in documents and in filters alike. Equality, prefixes and the order of texts
 * by code points stay the same.
 */

/** Numbers of a filter have a magnitude up to this. Beyond it, documents have all large numbers alike, and all small ones. */
export const MAX_MAGNITUDE = 1_000;
/** Numbers of a filter have at most this many digits. More digits of a document are replaced by one. */
export const MAX_DIGITS = 100;

/**
 * Finds rows that {@link filterDocument} may change, in the regular expressions of PostgreSQL. It may find others.
 */
export const SUSPECT_IN_SQL =
  String.raw`\\u(000[01]|[dD]([89a-fA-F]|7[fF]{2}))|[eE][+-]?[0-9]{4}|[0-9]{255}|` + '\ud7ff';

const SUSPECT_ESCAPE = /\\u(?:000[01]|[dD](?:[89a-fA-F]|7[fF]{2}))/;
const SUSPECT_EXPONENT = /[eE][+-]?\d{4}/;
/** A number with fewer digits and a short exponent fits into `jsonb`. */
const LONG_NUMBER = 8_192;
const STEP = LONG_NUMBER / 2;

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;
const REPLACED = /[\u0000\u0001\ud7ff\p{Cs}]/gu; // oxlint-disable-line no-control-regex -- JSON texts may have them

/**
 * The text to cast to `jsonb` in place of a payload.
 *
 * @returns null if the payload itself can be cast. This answer takes less time than parsing
 */
export function filterDocument(payload: string): string | null {
  if (!isSuspect(payload)) return null;
  return payload.replace(TOKENS, (token) => (token.startsWith('"') ? storableToken(token) : storableNumber(token)));
}

/** The text that documents have in place of this one. */
export function storableText(text: string): string {
  return text.replace(REPLACED, (character) => {
    const code = character.charCodeAt(0);
    if (code < 2) return code === 0 ? '\u0001\u0001' : '\u0001\u0002';
    // A lone surrogate sorts after U+D7FF and before all that follow.
    return code === 0xd7ff ? '\ud7ff\u0001' : `\ud7ff${String.fromCharCode(code - 0xc000)}`;
  });
}

function isSuspect(payload: string): boolean {
  const escapes = payload.includes('\\u') && SUSPECT_ESCAPE.test(payload);
  return escapes || payload.includes('\ud7ff') || SUSPECT_EXPONENT.test(payload) || hasLongNumber(payload);
}

/** Whether a text has a run of digits of {@link LONG_NUMBER}. Each such run has the digits at a multiple of {@link STEP}. */
function hasLongNumber(text: string): boolean {
  for (let at = STEP; at < text.length; at += STEP) {
    if (/^\d{32}$/.test(text.slice(at, at + 32))) return true;
  }
  return false;
}

function storableToken(token: string): string {
  const text = JSON.parse(token) as string;
  const storable = storableText(text);
  return storable === text ? token : JSON.stringify(storable);
}

function storableNumber(token: string): string {
  const { isNegative, digits, magnitude } = decimalOf(token);
  if (digits === '') return '0';
  const sign = isNegative ? '-' : '';
  if (magnitude > MAX_MAGNITUDE) return `${sign}1e${MAX_MAGNITUDE + 1}`;
  if (magnitude < -MAX_MAGNITUDE) return `${sign}1e-${MAX_MAGNITUDE + 2}`;
  // The rest is not zero. One digit keeps the number apart from those of filters.
  const kept = digits.length > MAX_DIGITS + 1 ? `${digits.slice(0, MAX_DIGITS + 1)}1` : digits;
  return `${sign}0.${kept}e${magnitude}`;
}
