import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { reference, type Value } from './values.js';

/** Names that could reach an object's prototype or its inherited properties. */
export const INHERITED = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'];

/** Addresses that can't be registered: every connection stays on this machine. */
const REFUSED_URLS = [
  'ftp://127.0.0.1/',
  'http://user:password@127.0.0.1:8080/',
  'http://127.0.0.1:22/',
  'http://127.0.0.1:8080/#fragment',
  'http://10.0.0.1/',
  'http://169.254.169.254/latest/meta-data',
  'http://[::ffff:10.0.0.1]/',
  'http://[::1',
  'http://localhost/',
  'http://0xa000001/',
  'http://a..invalid/',
  'javascript:alert(1)',
  '//127.0.0.1/',
  'http://',
];

const TEXTS = [
  '',
  ' ',
  '0',
  'null',
  '-1',
  '1e3',
  '007',
  '99999999999999999999',
  'NaN',
  'a\u0000b',
  '\u0000',
  '\ud800',
  'a\udc00\ud800b',
  '\u202e\u200b\ufeff',
  '😀'.repeat(100),
  '%00',
  '../../etc/passwd',
  "'; DROP TABLE webhooks; --",
  '{{7*7}}<script>alert(1)</script>',
  'webhook-00000000000000000000000000000000',
  'webhook-ZZ',
  '00000000-0000-0000-0000-000000000000',
  'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
  '2025-02-30T00:00:00Z',
  '2025-01-20T25:00:00Z',
  '2025-01-20T00:00:60Z',
  '2025-01-20 00:00:00',
  '0000-01-01T00:00:00Z',
  '+275760-09-13T00:00:00.000Z',
  '-000001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999-14:00',
  '1',
  ...INHERITED,
  ...REFUSED_URLS,
];

const LENGTHS = [100, 101, 128, 129, 255, 256, 500, 501, 2_048, 2_049, 10_000];

/** Texts that do not belong into some part of a request. */
export const hostileText: Arbitrary<string> = fc.oneof(
  fc.constantFrom(...TEXTS),
  fc.constantFrom(...LENGTHS).map((length) => 'a'.repeat(length)),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) }),
);

const numbers = fc.oneof(
  fc.constantFrom(-1, 0, 1, 1.5, 101, 604_800, 604_801, 2 ** 31, 2 ** 53, 2 ** 63, 1e308, -1e308, 5e-324),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
);

/** A value of any type. */
export const hostileValue: Arbitrary<Value> = fc.oneof(
  { weight: 4, arbitrary: hostileText },
  { weight: 2, arbitrary: numbers },
  { weight: 2, arbitrary: fc.constantFrom<Value>(null, true, false, [], {}, [null], [[]], { length: 1 }) },
  fc.constantFrom(...INHERITED).map((name): Value => JSON.parse(`{"${name}":{"active":true}}`) as Value),
  fc.constantFrom(99, 101, 1_000).map(nested),
  fc.constantFrom(501, 5_000).map((length): Value => Array.from({ length }, () => 'extraction.completed')),
  fc.constant('x'.repeat(300_000)),
  fc.jsonValue() as Arbitrary<Value>,
  fc
    .constantFrom('Webhook', 'Delivery', 'Event', 'ApiKey', 'Recovery', 'Cursor')
    .chain((kind) => reference(kind, true)),
);

function nested(depth: number): Value {
  let value: Value = 1;
  for (let level = 0; level < depth; level += 1) value = { a: value };
  return value;
}
