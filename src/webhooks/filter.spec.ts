import { describe, expect, it } from '@jest/globals';
import { ExactNumber } from '../common/exact-number.js';
import { faultOfFilter } from './filter.js';
import { jsonpathOf } from './filter-jsonpath.js';

const nested = (levels: number): object => (levels === 1 ? { type: 'x' } : { $not: nested(levels - 1) });
const conditions = (count: number): object => ({ $or: Array.from({ length: count }, () => ({ 'data.a': 1 })) });
const OPERATORS = '$eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists or $startsWith';

describe('faultOfFilter', () => {
  it.each([
    { 'data.pages': { $gte: 100, $lt: 1_000 } },
    { type: 'extraction.completed', extractionId: { $startsWith: 'extract-' } },
    { $or: [{ 'data.a': null }, { 'data.b': { $exists: false } }], $not: { 'data.c': { $in: ['x', 1, true, null] } } },
    { 'data.a\\.b\\\\': -9007199254740993n, 'data.x': new ExactNumber('1e999') },
    nested(4),
    conditions(20),
    { 'data.__proto__.constructor': 1, 'data.한 글"': '' },
  ])('accepts filter %#', (filter) => {
    expect(faultOfFilter(filter)).toBeUndefined();
  });

  it.each<[unknown, string]>([
    ['x', ' must be an object of conditions, such as {"data.pages": {"$gte": 100}}, not "x"'],
    [[], ' must be an object of conditions, such as {"data.pages": {"$gte": 100}}, not an array'],
    [new ExactNumber('1e999'), ' must be an object of conditions, such as {"data.pages": {"$gte": 100}}, not 1e999'],
    [{}, ' has no condition; use null for a webhook without a filter'],
    [{ pages: 1 }, '.pages is not a path of an event; a path begins with data., or is type or extractionId'],
    [{ data: 1 }, '.data is not a path of an event; a path begins with data., or is type or extractionId'],
    [{ 'type.a': 1 }, '.type.a is not a path of an event; a path begins with data., or is type or extractionId'],
    [{ 'data..a': 1 }, '.data..a has an empty name'],
    [{ 'data.': 1 }, '.data. has an empty name'],
    [{ 'data.a\\b': 1 }, '."data.a\\\\b" has a backslash that is not before a dot or a backslash'],
    [{ 'data.a\\': 1 }, '."data.a\\\\" has a backslash that is not before a dot or a backslash'],
    [{ $nor: [{ type: 'x' }] }, '.$nor is not an operator here; use $and, $or, $not or a path'],
    [{ $and: [] }, '.$and must be an array of one or more filters, not an array'],
    [{ $or: { type: 'x' } }, '.$or must be an array of one or more filters, not an object'],
    [{ $or: [{ type: 'x' }, {}] }, '.$or[1] has no condition; use null for a webhook without a filter'],
    [
      { $not: [{ type: 'x' }] },
      '.$not must be an object of conditions, such as {"data.pages": {"$gte": 100}}, not an array',
    ],
    [{ 'data.a': {} }, `.data.a has no operator; use ${OPERATORS}`],
    [{ 'data.a': { $regex: 'x' } }, `.data.a.$regex is not an operator; use ${OPERATORS}`],
    [
      { 'data.a': [1] },
      '.data.a must be a text, a number, true, false or null, not an array; use $in for one of several values',
    ],
    [{ 'data.a': { $eq: {} } }, '.data.a.$eq must be a text, a number, true, false or null, not an object'],
    [{ 'data.a': { $gt: true } }, '.data.a.$gt must be a number or a text, not true'],
    [{ 'data.a': { $in: 1 } }, '.data.a.$in must be an array of 1 to 100 values, not 1'],
    [{ 'data.a': { $nin: [[]] } }, '.data.a.$nin[0] must be a text, a number, true, false or null, not an array'],
    [
      { 'data.a': { $in: Array.from({ length: 101 }, () => 1) } },
      '.data.a.$in must be an array of 1 to 100 values, not an array',
    ],
    [{ 'data.a': { $exists: 1 } }, '.data.a.$exists must be true or false, not 1'],
    [{ 'data.a': { $startsWith: 1 } }, '.data.a.$startsWith must be a text, not 1'],
    [
      { 'data.a': new ExactNumber('1e1000') },
      '.data.a must be a number of at most 100 digits, from 1e-1000 to below 1e1000',
    ],
    [{ 'data.a': Number.NaN }, '.data.a must be a number of at most 100 digits, from 1e-1000 to below 1e1000'],
    [
      { 'data.a': new ExactNumber(`1${'2'.repeat(100)}`) },
      '.data.a must be a number of at most 100 digits, from 1e-1000 to below 1e1000',
    ],
    [nested(5), '.$not.$not.$not.$not is on level 5; use at most 4'],
    [conditions(21), ' has 21 conditions; use at most 20'],
    [{ 'data.a': 'é'.repeat(2_042) }, ' has 4097 bytes of JSON; use at most 4096'],
  ])('refuses filter %#', (filter, fault) => {
    expect(String(faultOfFilter(filter)?.(''))).toBe(fault);
  });
});

describe('jsonpathOf', () => {
  it.each([
    [{ 'data.pages': { $gte: 100 } }, 'strict (exists($."data"."pages" ? (@ >= 100)))'],
    [{ extractionId: 'x' }, 'strict (exists($event.extractionId ? (@ == "x")))'],
    [{ 'data.a': { $ne: null } }, 'strict (!exists($ ? (exists($."data"."a" ? (@ == null)))))'],
    [{ 'data."\\.': '") || exists($.a' }, String.raw`strict (exists($."data"."\"." ? (@ == "\") || exists($.a")))`],
  ])('compiles %j', (filter, path) => {
    expect(jsonpathOf(filter)).toBe(path);
  });
});
