import { decimalOf, ExactNumber, exactJson } from '../common/exact-number.js';
import { isObject } from '../common/is-object.js';
import { shown } from '../common/validation-error.js';
import { filterPath, type FilterPath } from './filter-path.js';
import { MAX_DIGITS, MAX_MAGNITUDE } from './filter-text.js';

/** Most conditions of a filter. Each operator of a path is one. */
const MAX_CONDITIONS = 20;
/** Most levels of a filter. The filter is the first; each `$and`, `$or` and `$not` begins the next. */
const MAX_LEVELS = 4;
/** Most values of `$in` and `$nin`. */
const MAX_LISTED = 100;
/** Longest filter, in bytes of its JSON text in UTF-8. */
const MAX_FILTER_BYTES = 4_096;

/**
 * A condition on the content of events, as JSON. Its keys are paths (`extractionId`, `type`, `data.a.b`) or `$and`, `$or`,
 * `$not`. All of them must hold. The value of a path is a scalar, or operators. Integers may be of type bigint.
 */
export type WebhookFilter = Readonly<Record<string, unknown>>;

export type Scalar = string | number | bigint | boolean | null | ExactNumber;
type Comparison = '$gt' | '$gte' | '$lt' | '$lte';

/** One operator of a path. */
export type Leaf = { path: FilterPath } & (
  | { operator: '$eq' | '$ne'; value: Scalar }
  | { operator: Comparison; value: Exclude<Scalar, boolean | null> }
  | { operator: '$in' | '$nin'; values: Scalar[] }
  | { operator: '$exists'; value: boolean }
  | { operator: '$startsWith'; value: string }
);

export type Condition = { and: Condition[] } | { or: Condition[] } | { not: Condition } | Leaf;

/** A filter that breaks a rule. The message follows the name of the field. */
class FilterFault extends Error {}

/**
 * Reads a filter.
 *
 * @param filter a value of JSON. Numbers may be an {@link ExactNumber} or a bigint
 * @throws FilterFault
 */
export function conditionOf(filter: unknown): Condition {
  const counter = { conditions: 0 };
  const condition = allOf(filter, '', 1, counter);
  if (counter.conditions > MAX_CONDITIONS) {
    throw new FilterFault(` has ${counter.conditions} conditions; use at most ${MAX_CONDITIONS}`);
  }
  const bytes = Buffer.byteLength(exactJson(filter));
  if (bytes > MAX_FILTER_BYTES) throw new FilterFault(` has ${bytes} bytes of JSON; use at most ${MAX_FILTER_BYTES}`);
  return condition;
}

/** The fault of a filter, as text to follow the name of the field. */
export function faultOfFilter(filter: unknown): string | undefined {
  try {
    conditionOf(filter);
    return undefined;
  } catch (error) {
    if (error instanceof FilterFault) return error.message;
    throw error;
  }
}

interface Counter {
  conditions: number;
}

/** @param at the place in the filter, such as `.$or[1]` */
function allOf(filter: unknown, at: string, level: number, counter: Counter): Condition {
  if (!isObject(filter) || filter instanceof ExactNumber) {
    throw new FilterFault(
      `${at} must be an object of conditions, such as {"data.pages": {"$gte": 100}}, not ${shown(filter)}`,
    );
  }
  if (level > MAX_LEVELS) throw new FilterFault(`${at} is on level ${level}; use at most ${MAX_LEVELS}`);
  const entries = Object.entries(filter);
  if (entries.length === 0) throw new FilterFault(`${at} has no condition; use null for a webhook without a filter`);
  return { and: entries.flatMap(([key, value]) => conditionsOf(key, value, at, level, counter)) };
}

function conditionsOf(key: string, value: unknown, at: string, level: number, counter: Counter): Condition[] {
  const place = `${at}.${shownKey(key)}`;
  if (key === '$not') return [{ not: allOf(value, place, level + 1, counter) }];
  if (key === '$and' || key === '$or') {
    if (!Array.isArray(value) || value.length === 0) {
      throw new FilterFault(`${place} must be an array of one or more filters, not ${shown(value)}`);
    }
    const parts = value.map((part, index) => allOf(part, `${place}[${index}]`, level + 1, counter));
    return [key === '$and' ? { and: parts } : { or: parts }];
  }
  const path = filterPath(key);
  if (typeof path === 'string') throw new FilterFault(`${place} ${path}`);
  if (!isObject(value) || value instanceof ExactNumber) {
    counter.conditions += 1;
    return [{ path, operator: '$eq', value: scalarOf(value, place, '; use $in for one of several values') }];
  }
  const operators = Object.entries(value);
  if (operators.length === 0) throw new FilterFault(`${place} has no operator; use ${OPERATORS}`);
  counter.conditions += operators.length;
  return operators.map(([operator, operand]) => leafOf(path, operator, operand, place));
}

const OPERATORS = '$eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists or $startsWith';

function leafOf(path: FilterPath, operator: string, operand: unknown, at: string): Leaf {
  const place = `${at}.${shownKey(operator)}`;
  const must = (what: string): FilterFault => new FilterFault(`${place} must be ${what}, not ${shown(operand)}`);
  switch (operator) {
    case '$eq':
    case '$ne':
      return { path, operator, value: scalarOf(operand, place) };
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte': {
      if (operand === null || typeof operand === 'boolean') throw must('a number or a text');
      const value = scalarOf(operand, place) as Exclude<Scalar, boolean | null>;
      return { path, operator, value };
    }
    case '$in':
    case '$nin':
      if (!Array.isArray(operand) || operand.length === 0 || operand.length > MAX_LISTED) {
        throw must(`an array of 1 to ${MAX_LISTED} values`);
      }
      return { path, operator, values: operand.map((value, index) => scalarOf(value, `${place}[${index}]`)) };
    case '$exists':
      if (typeof operand !== 'boolean') throw must('true or false');
      return { path, operator, value: operand };
    case '$startsWith':
      if (typeof operand !== 'string') throw must('a text');
      return { path, operator, value: operand };
    default:
      throw new FilterFault(`${place} is not an operator; use ${OPERATORS}`);
  }
}

function scalarOf(value: unknown, at: string, hint = ''): Scalar {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' || typeof value === 'bigint' || value instanceof ExactNumber) {
    const { digits, magnitude } =
      typeof value === 'number' && !Number.isFinite(value) ? NO_DECIMAL : decimalOf(String(value));
    if (digits.length <= MAX_DIGITS && Math.abs(magnitude) <= MAX_MAGNITUDE) return value;
    throw new FilterFault(
      `${at} must be a number of at most ${MAX_DIGITS} digits, from 1e-${MAX_MAGNITUDE} to below 1e${MAX_MAGNITUDE}`,
    );
  }
  throw new FilterFault(`${at} must be a text, a number, true, false or null, not ${shown(value)}${hint}`);
}

const NO_DECIMAL = { digits: '', magnitude: Infinity };

function shownKey(key: string): string {
  return key.length > 36 ? `a key of ${key.length} characters` : /^[\w.$-]+$/.test(key) ? key : JSON.stringify(key);
}
