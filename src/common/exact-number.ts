import { randomUUID } from 'node:crypto';

/** A number of a JSON text that a JavaScript number can't hold with all its digits, such as 9007199254740993. */
export class ExactNumber {
  /** @param text the number as JSON */
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }

  /** The nearest JavaScript number. {@link exactJson} writes all digits. */
  toJSON(): number {
    return Number(this.text);
  }
}

/** The value of a JSON number: 0.`digits` × 10^`magnitude`. Equal numbers have equal fields. */
export interface Decimal {
  isNegative: boolean;
  /** Without zeros at both ends. Empty for zero. */
  digits: string;
  magnitude: number;
}

/** Strings and numbers of a valid JSON text. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|(-?\d[\d.eE+-]*)/g;
/** Shorter numbers without an exponent are exact. */
const MAY_LOSE_DIGITS = /[\d.]{16}|\d[eE]/;

/** Parses a number of a JSON text. */
export function decimalOf(text: string): Decimal {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = whole + fraction;
  const first = all.search(/[1-9]/);
  if (first === -1) return { isNegative: false, digits: '', magnitude: 0 };
  const digits = withoutEndZeros(all.slice(first));
  return { isNegative: sign === '-', digits, magnitude: whole.length - first + Number(exponent) };
}

/** Parses JSON text. Numbers that would lose digits become an {@link ExactNumber}. */
export function parseExact(text: string): unknown {
  if (!MAY_LOSE_DIGITS.test(text)) return JSON.parse(text) as unknown;
  // No text of the caller begins with this mark.
  const mark = randomUUID();
  const marked = text.replace(TOKENS, (token, number?: string) =>
    number === undefined || isExact(number) ? token : `"${mark}${number}"`,
  );
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? new ExactNumber(value.slice(mark.length)) : value,
  ) as unknown;
}

/** The JSON text of a value. Each {@link ExactNumber} and each bigint in it has all its digits. */
export function exactJson(value: unknown): string {
  const numbers: string[] = [];
  const mark = randomUUID();
  const text = JSON.stringify(value, function (this: Record<string, unknown>, key, member: unknown) {
    const own = this[key];
    if (!(own instanceof ExactNumber) && typeof own !== 'bigint') return member;
    return `${mark}${numbers.push(String(own)) - 1}`;
  });
  return numbers.length === 0
    ? text
    : text.replace(new RegExp(`"${mark}(\\d+)"`, 'g'), (_, index: string) => numbers[Number(index)] ?? '');
}

function isExact(text: string): boolean {
  const number = Number(text);
  if (!Number.isFinite(number)) return false;
  const [given, kept] = [decimalOf(text), decimalOf(String(number))];
  return given.digits === kept.digits && given.magnitude === kept.magnitude;
}

function withoutEndZeros(digits: string): string {
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 48) end -= 1;
  return digits.slice(0, end);
}
