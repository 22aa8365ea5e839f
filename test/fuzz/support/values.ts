import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { ApiDocument } from './api-document.js';
import { kindOf, PoolRef } from './pool.js';
import { mapValues, type Schema } from './schema.js';

/** A value of a request: JSON that may contain references to earlier answers. */
export type Value = null | boolean | number | string | PoolRef | Value[] | { [name: string]: Value };

const TIMES: Arbitrary<string> = fc.oneof(
  fc.constantFrom('2020-01-20T00:00:00Z', '2025-01-20T14:30:04.000Z', '2025-01-20T14:30:04.123456789+05:30'),
  fc
    .date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true })
    .map((date) => date.toISOString()),
);

/** Makes values that fit a schema of the document. */
export class Values {
  /** @param urls values for `format: uri`: addresses that a test may connect to */
  constructor(
    private readonly document: ApiDocument,
    private readonly urls: Arbitrary<string>,
  ) {}

  /** Values that fit. For a name that refers to a resource, they include references to earlier answers. */
  of(schema: Schema, name = '', thing = ''): Arbitrary<Value> {
    const known = KNOWN[name];
    if (known) return fc.constantFrom(...known);
    const { schema: resolved } = this.document.resolve(schema);
    const plain = this.fitting(resolved, name);
    const kind = kindOf(name, thing);
    const value = kind === '' || resolved.enum ? plain : fc.oneof({ weight: 6, arbitrary: reference(kind) }, plain);
    return resolved.type?.includes('null') ? fc.oneof({ weight: 4, arbitrary: value }, fc.constant(null)) : value;
  }

  private fitting(schema: Schema, name: string): Arbitrary<Value> {
    if (schema.enum) return fc.constantFrom(...schema.enum);
    if (schema.anyOf) return fc.oneof(...schema.anyOf.map((choice) => this.of(choice)));
    if (schema.type === 'null') return fc.constant(null);
    const type = [schema.type ?? []].flat().find((one) => one !== 'null') ?? 'none';
    switch (type) {
      case 'boolean':
        return fc.boolean();
      case 'integer':
        return fc.integer({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9 });
      case 'number':
        return fc.double({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9, noNaN: true });
      case 'string':
        return this.text(schema);
      case 'array':
        return this.list(schema, name);
      case 'object':
        return this.object(schema);
      default:
        throw new Error(`No values are known of the type ${type}`);
    }
  }

  private text({ format, pattern, minLength = 0, maxLength = 200 }: Schema): Arbitrary<string> {
    if (format === 'date-time') return TIMES;
    if (format === 'uri') return this.urls;
    const limits = { minLength, maxLength };
    if (pattern !== undefined) {
      const fitting = new RegExp(pattern, 'u');
      const sized = fc.stringMatching(fitting).filter(({ length }) => length >= minLength && length <= maxLength);
      // Not every pattern has a value of the greatest length.
      const longest = sized.map((text) => {
        const padded = text.padEnd(maxLength, text);
        return fitting.test(padded) ? padded : text;
      });
      return fc.oneof({ weight: 4, arbitrary: sized }, longest);
    }
    return fc.oneof(
      fc.string(limits),
      fc.string({ ...limits, unit: printable }),
      fc.string({ ...limits, unit: printable, minLength: Math.max(minLength, maxLength - 1), size: 'max' }),
    );
  }

  private list(
    { items = {}, minItems = 0, maxItems = 5, uniqueItems = false }: Schema,
    name: string,
  ): Arbitrary<Value[]> {
    // The only list of ids names delivery records. One of them: two references may stand for the same record.
    if (name === 'ids') return this.of(items, 'id', 'Delivery').map((id) => [id]);
    const item = this.of(items);
    const most = Math.min(maxItems, Math.max(minItems, this.document.resolve(items).schema.enum?.length ?? 5));
    const limits = { minLength: minItems, maxLength: most };
    return uniqueItems ? fc.uniqueArray(item, limits) : fc.array(item, limits);
  }

  private object(schema: Schema): Arbitrary<Value> {
    const { properties, required = [], additionalProperties, propertyNames } = schema;
    if (!properties) {
      if (!additionalProperties) return fc.constant({});
      const names = propertyNames ? (this.of(propertyNames) as Arbitrary<string>) : fc.string();
      const values =
        additionalProperties === true ? fc.jsonValue({ maxDepth: 3 }) : this.of(additionalProperties, 'value');
      return fc.dictionary(
        names.filter((name) => !PROTOTYPE_NAMES.has(name)),
        values as Arbitrary<Value>,
        { maxKeys: 5 },
      );
    }
    const values: Record<string, Arbitrary<Value>> = {};
    for (const [name, property] of Object.entries(properties)) values[name] = this.of(property, name);
    return fc.record(values, { requiredKeys: required }).map((object) => ({ ...object }));
  }
}

/** Valid values of fields whose rules no schema can express. */
const KNOWN: Record<string, Value[] | undefined> = {
  auth: [null, { type: 'oauth2', tokenUrl: 'https://login.your-app.com/', clientId: 'c', clientSecret: 's' }],
  filter: [{ type: 'extraction.failed' }, { 'data.pages': { $gte: 3 } }],
  headers: [{}, { 'x-gateway-key': 'k' }],
  retrySchedule: [['0s', '5s'], ['1m']],
  timeoutMs: [1000, 10_000],
};

/** Refused at any depth. */
const PROTOTYPE_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

/** A letter of any script that is no control character. */
const printable = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 1 })
  .filter((text) => [...text].length === 1 && !/\p{C}/u.test(text));

/** Mostly a reference to an own resource, sometimes to another user's. */
export function reference(kind: string, foreign = false): Arbitrary<PoolRef> {
  return fc
    .record({
      isForeign: foreign ? fc.constant(true) : fc.constantFrom(...Array.from({ length: 9 }, () => false), true),
      pick: fc.nat(5),
    })
    .map(({ isForeign, pick }) => new PoolRef(kind, isForeign, pick));
}

/** Replaces the references by their values. */
export function filled(value: Value, find: (reference: PoolRef) => string): Exclude<Value, PoolRef> {
  if (value instanceof PoolRef) return find(value);
  if (Array.isArray(value)) return value.map((item) => filled(item, find));
  if (typeof value === 'object' && value !== null) return mapValues(value, (item) => filled(item, find));
  return value;
}
