import { decimalOf, ExactNumber, exactJson } from '../common/exact-number.js';
import { isObject } from '../common/is-object.js';
import { shown } from '../common/validation-error.js';
import { filterPath, type FilterPath } from './filter-path.js';
import { MAX_DIGITS, MAX_MAGNITUDE } from './filter-text.js';
import type { Fault } from '../common/rules.js';
import { concat, Phrase, text, type PhraseValue } from '../translations/phrase.js';

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

/** A filter that breaks a rule. */
class FilterFault extends Error {
  constructor(readonly fault: Fault) {
    super('The filter breaks a rule');
  }
}

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
    const { conditions: count } = counter;
    throw new FilterFault((field) =>
      text('{{field}} has {{count}} conditions; use at most {{max}}', { field, count, max: MAX_CONDITIONS }),
    );
  }
  const bytes = Buffer.byteLength(exactJson(filter));
  if (bytes > MAX_FILTER_BYTES) {
    throw new FilterFault((field) =>
      text('{{field}} has {{bytes}} bytes of JSON; use at most {{max}}', { field, bytes, max: MAX_FILTER_BYTES }),
    );
  }
  return condition;
}

/** The fault of a filter. */
export function faultOfFilter(filter: unknown): Fault | undefined {
  try {
    conditionOf(filter);
    return undefined;
  } catch (error) {
    if (error instanceof FilterFault) return error.fault;
    throw error;
  }
}

interface Counter {
  conditions: number;
}

/** @param at the place in the filter, such as `.$or[1]` */
function allOf(filter: unknown, at: PhraseValue, level: number, counter: Counter): Condition {
  if (!isObject(filter) || filter instanceof ExactNumber) {
    throw mustBe(at, text('an object of conditions, such as {"data.pages": {"$gte": 100}}'), filter);
  }
  if (level > MAX_LEVELS) {
    throw faultAt(at, (field) =>
      text('{{field}} is on level {{level}}; use at most {{max}}', { field, level, max: MAX_LEVELS }),
    );
  }
  const entries = Object.entries(filter);
  if (entries.length === 0) {
    throw faultAt(at, (field) =>
      text('{{field}} has no condition; use null for a webhook without a filter', { field }),
    );
  }
  return { and: entries.flatMap(([key, value]) => conditionsOf(key, value, at, level, counter)) };
}

function conditionsOf(key: string, value: unknown, at: PhraseValue, level: number, counter: Counter): Condition[] {
  const place = concat(at, '.', shownKey(key));
  if (key === '$not') return [{ not: allOf(value, place, level + 1, counter) }];
  if (key === '$and' || key === '$or') {
    if (!Array.isArray(value) || value.length === 0) {
      throw mustBe(place, text('an array of one or more filters'), value);
    }
    const parts = value.map((part, index) => allOf(part, concat(place, `[${index}]`), level + 1, counter));
    return [key === '$and' ? { and: parts } : { or: parts }];
  }
  const path = filterPath(key);
  if (path instanceof Phrase) {
    throw faultAt(place, (field) => text('{{field}} {{fault}}', { field, fault: path }));
  }
  if (!isObject(value) || value instanceof ExactNumber) {
    counter.conditions += 1;
    return [{ path, operator: '$eq', value: scalarOf(value, place, text('use $in for one of several values')) }];
  }
  const operators = Object.entries(value);
  if (operators.length === 0) {
    throw faultAt(place, (field) =>
      text('{{field}} has no operator; use {{operators}}', { field, operators: OPERATORS }),
    );
  }
  counter.conditions += operators.length;
  return operators.map(([operator, operand]) => leafOf(path, operator, operand, place));
}

const OPERATORS = text('$eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists or $startsWith');

function leafOf(path: FilterPath, operator: string, operand: unknown, at: PhraseValue): Leaf {
  const place = concat(at, '.', shownKey(operator));
  const must = (right: Phrase): FilterFault => mustBe(place, right, operand);
  switch (operator) {
    case '$eq':
    case '$ne':
      return { path, operator, value: scalarOf(operand, place) };
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte': {
      if (operand === null || typeof operand === 'boolean') throw must(text('a number or a text'));
      const value = scalarOf(operand, place) as Exclude<Scalar, boolean | null>;
      return { path, operator, value };
    }
    case '$in':
    case '$nin':
      if (!Array.isArray(operand) || operand.length === 0 || operand.length > MAX_LISTED) {
        throw must(text('an array of 1 to {{max}} values', { max: MAX_LISTED }));
      }
      return { path, operator, values: operand.map((value, index) => scalarOf(value, concat(place, `[${index}]`))) };
    case '$exists':
      if (typeof operand !== 'boolean') throw must(text('true or false'));
      return { path, operator, value: operand };
    case '$startsWith':
      if (typeof operand !== 'string') throw must(text('a text'));
      return { path, operator, value: operand };
    default:
      throw faultAt(place, (field) =>
        text('{{field}} is not an operator; use {{operators}}', { field, operators: OPERATORS }),
      );
  }
}

function scalarOf(value: unknown, at: PhraseValue, hint?: Phrase): Scalar {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' || typeof value === 'bigint' || value instanceof ExactNumber) {
    const { digits, magnitude } =
      typeof value === 'number' && !Number.isFinite(value) ? NO_DECIMAL : decimalOf(String(value));
    if (digits.length <= MAX_DIGITS && Math.abs(magnitude) <= MAX_MAGNITUDE) return value;
    const right = text('a number of at most {{digits}} digits, from 1e-{{magnitude}} to below 1e{{magnitude}}', {
      digits: MAX_DIGITS,
      magnitude: MAX_MAGNITUDE,
    });
    throw faultAt(at, (field) => text('{{field}} must be {{right}}', { field, right }));
  }
  throw mustBe(at, text('a text, a number, true, false or null'), value, hint);
}

function faultAt(at: PhraseValue, fault: Fault): FilterFault {
  return new FilterFault((field) => fault(concat(field, at)));
}

function mustBe(at: PhraseValue, right: Phrase, given: unknown, hint?: Phrase): FilterFault {
  return faultAt(at, (field) => {
    const fault = text('{{field}} must be {{right}}, not {{value}}', { field, right, value: shown(given) });
    return hint ? text('{{fault}}; {{hint}}', { fault, hint }) : fault;
  });
}

const NO_DECIMAL = { digits: '', magnitude: Infinity };

function shownKey(key: string): PhraseValue {
  const { length } = key;
  if (length > 36) return text('a key of {{length}} characters', { length });
  return /^[\w.$-]+$/.test(key) ? key : JSON.stringify(key);
}
