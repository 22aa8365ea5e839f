import type { ExactNumber } from '../common/exact-number.js';
import { conditionOf, type Condition, type Leaf, type Scalar } from './filter.js';
import type { FilterPath } from './filter-path.js';
import { storableText } from './filter-text.js';

/**
 * Compiles a valid filter to an SQL/JSON path: a predicate on the payload of an event. `$event` is an object with the
 * `extractionId`, if the event has one.
 *
 * The path is strict: it does not look into arrays. In strict mode a missing member is an error, and a comparison of two types
 * is unknown. Both make `exists(… ? (…))` false, and `!exists($ ? (…))` true. Texts compare by code points, and numbers by all
 * their digits.
 */
export function jsonpathOf(filter: unknown): string {
  return `strict ${predicateOf(conditionOf(filter))}`;
}

function predicateOf(condition: Condition): string {
  if ('and' in condition) return joined(condition.and, '&&');
  if ('or' in condition) return joined(condition.or, '||');
  return 'not' in condition ? negated(predicateOf(condition.not)) : leafOf(condition);
}

function joined(conditions: readonly Condition[], operator: '&&' | '||'): string {
  return `(${conditions.map(predicateOf).join(` ${operator} `)})`;
}

/** The filter expression turns an unknown result into a false one, which is then negated. */
function negated(predicate: string): string {
  return `!exists($ ? (${predicate}))`;
}

const COMPARISONS = { $eq: '==', $gt: '>', $gte: '>=', $lt: '<', $lte: '<=' } as const;

function leafOf(leaf: Leaf): string {
  const place = placeOf(leaf.path);
  if (leaf.operator === '$ne') return negated(leafOf({ ...leaf, operator: '$eq' }));
  if (leaf.operator === '$nin') return negated(leafOf({ ...leaf, operator: '$in' }));
  if (leaf.operator === '$exists') return leaf.value ? `exists(${place})` : negated(`exists(${place})`);
  if (leaf.operator === '$startsWith') return `exists(${place} ? (@ starts with ${literalOf(leaf.value)}))`;
  if ('values' in leaf) {
    return `exists(${place} ? (${leaf.values.map((value) => `@ == ${literalOf(value)}`).join(' || ')}))`;
  }
  return `exists(${place} ? (@ ${COMPARISONS[leaf.operator]} ${literalOf(leaf.value)}))`;
}

function placeOf(path: FilterPath): string {
  if (path.length === 1 && path[0] === 'extractionId') return '$event.extractionId';
  return `$${path.map((name) => `.${textOf(name)}`).join('')}`;
}

function literalOf(value: Scalar | ExactNumber): string {
  return typeof value === 'string' ? textOf(value) : String(value);
}

/** A string literal has the escapes of JSON. */
function textOf(text: string): string {
  return JSON.stringify(storableText(text));
}
