import { decimalOf, ExactNumber } from '../../src/common/exact-number.js';

/**
 * The meaning of filters, as simple as the documents say it: the tests compare PostgreSQL with it. Texts compare by code
 * points, numbers by all digits.
 */
export function referenceMatches(filter: object, event: object): boolean {
  return Object.entries(filter).every(([key, value]) => {
    if (key === '$and') return (value as object[]).every((part) => referenceMatches(part, event));
    if (key === '$or') return (value as object[]).some((part) => referenceMatches(part, event));
    if (key === '$not') return !referenceMatches(value as object, event);
    const found = valueAt(event, namesOf(key));
    if (!isPlainObject(value)) return isEqual(found, value);
    return Object.entries(value).every(([operator, operand]) => holds(operator, found, operand));
  });
}

const MISSING = Symbol('missing');

function holds(operator: string, found: unknown, operand: unknown): boolean {
  const order = orderOf(found, operand);
  switch (operator) {
    case '$eq':
      return isEqual(found, operand);
    case '$ne':
      return !isEqual(found, operand);
    case '$in':
      return (operand as unknown[]).some((value) => isEqual(found, value));
    case '$nin':
      return !(operand as unknown[]).some((value) => isEqual(found, value));
    case '$exists':
      return (found !== MISSING) === operand;
    case '$startsWith':
      return typeof found === 'string' && found.startsWith(operand as string);
    case '$gt':
      return order !== undefined && order > 0;
    case '$gte':
      return order !== undefined && order >= 0;
    case '$lt':
      return order !== undefined && order < 0;
    default:
      return order !== undefined && order <= 0;
  }
}

function isEqual(found: unknown, value: unknown): boolean {
  return found === value || orderOf(found, value) === 0;
}

/** Undefined for two types, or types without an order. */
function orderOf(one: unknown, other: unknown): number | undefined {
  if (typeof one === 'string' && typeof other === 'string') return orderOfTexts(one, other);
  return isNumber(one) && isNumber(other) ? orderOfNumbers(String(one), String(other)) : undefined;
}

/** A lone surrogate counts as the code point of its value. */
function orderOfTexts(one: string, other: string): number {
  const [these, those] = [[...one], [...other]].map((texts) => texts.map((text) => text.codePointAt(0) ?? 0));
  for (const [index, code] of (these ?? []).entries()) {
    const against = those?.[index] ?? -1;
    if (code !== against) return code - against;
  }
  return (these?.length ?? 0) - (those?.length ?? 0);
}

function orderOfNumbers(one: string, other: string): number {
  const [a, b] = [decimalOf(one), decimalOf(other)];
  const signs = [a, b].map(({ digits, isNegative }) => (digits === '' ? 0 : isNegative ? -1 : 1));
  const [sign = 0, against = 0] = signs;
  if (sign !== against || sign === 0) return sign - against;
  if (a.magnitude !== b.magnitude) return sign * (a.magnitude - b.magnitude);
  if (a.digits === b.digits) return 0;
  return a.digits < b.digits ? -sign : sign;
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof ExactNumber;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

function valueAt(event: object, names: readonly string[]): unknown {
  let value: unknown = event;
  for (const name of names) {
    if (!isPlainObject(value) || !Object.hasOwn(value, name)) return MISSING;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** `a.b\.c` names `b.c` in `a`. */
function namesOf(path: string): string[] {
  return (path.match(/(?:\\[^]|[^.\\])+/gu) ?? []).map((name) => name.replace(/\\([^])/gu, '$1'));
}
