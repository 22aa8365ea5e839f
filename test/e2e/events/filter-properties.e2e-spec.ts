import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ExactNumber, exactJson } from '../../../src/common/exact-number.js';
import { webhookUuidOf } from '../../../src/common/ids.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { referenceMatches } from '../../support/filter-reference.js';
import { Random } from '../../support/random.js';
import { runs } from '../../support/run-length.js';
import { newUserId } from '../support/subscriber.js';

/** A failure prints its seed. `FILTER_SEED` repeats it, and `FILTER_ROUNDS` sets the number of rounds. */
const SEED = Number(process.env.FILTER_SEED ?? randomInt(2 ** 31));
const ROUNDS = Number(process.env.FILTER_ROUNDS ?? runs(50));
const FILTERS = 10;
const EVENTS = 40;
/** It refuses connections. */
const NOWHERE = 'http://127.0.0.1:1999/hook';

const number = (text: string): ExactNumber => new ExactNumber(text);
const NUMBERS = [0, 1, -1, 1.5, -0.001, 1e21, 9007199254740992];
const EXACT = [
  '9007199254740993',
  '-9007199254740993',
  '1e999',
  '1e-999',
  '0.1234567890123456789',
  '100000000000000000001',
];
const TEXTS = [
  '',
  'a',
  'ab',
  'Z',
  'é',
  'e\u0301',
  '10',
  '1',
  'true',
  'null',
  '"',
  '\\',
  '\n',
  '\u007f',
  '한글',
  '\u2028',
];
/** Texts that `jsonb` can't hold, and their neighbours in the order of code points. */
const ODD_TEXTS = [
  '\u0000',
  '\u0000a',
  'a\u0000',
  '\u0001',
  '\u0001\u0001',
  '\u0002',
  '\ud7ff',
  '\ud7ff\u0001',
  '\ud800',
];
const HIGH_TEXTS = ['\udfff', '\ud800a', '\ue000', '\uffff', '\u{10000}', '\u{1f600}'];
const SCALARS: unknown[] = [true, false, null, ...NUMBERS, ...EXACT.map(number), ...TEXTS, ...ODD_TEXTS, ...HIGH_TEXTS];
/** Numbers that a filter can't have. */
const EXTREMES = [
  '1e400000',
  '-1e5000',
  '1e-400000',
  '0e999999',
  '-0.0',
  '9'.repeat(9_000),
  `0.${'0'.repeat(20_000)}1`,
];
const KEYS = [
  'a',
  'b',
  'a.b',
  'a\\b',
  '"',
  "'",
  '$a',
  '@',
  '[*]',
  '한',
  '\u0000',
  '\ud800',
  '\u0001',
  'constructor',
  'x y',
];

class Cases {
  constructor(private readonly random: Random) {}

  filter(level = 1): Record<string, unknown> {
    const size = 1 + this.random.below(2);
    return Object.fromEntries(Array.from({ length: size }, () => this.entry(level)));
  }

  data(): Record<string, unknown> {
    return this.object(0);
  }

  private entry(level: number): [string, unknown] {
    const kind = level < 4 ? this.random.below(6) : 5;
    if (kind === 0) return ['$not', this.filter(level + 1)];
    if (kind <= 2) return [kind === 1 ? '$and' : '$or', [this.filter(level + 1), this.filter(level + 1)]];
    return [this.path(), this.random.below(3) === 0 ? this.random.of(SCALARS) : this.operators()];
  }

  private path(): string {
    if (this.random.below(10) === 0) return this.random.of(['type', 'extractionId', 'data.id']);
    const names = Array.from({ length: 1 + this.random.below(2) }, () => this.random.of(KEYS));
    return ['data', ...names.map((name) => name.replace(/[.\\]/g, '\\$&'))].join('.');
  }

  private operators(): Record<string, unknown> {
    const operator = this.random.of([
      '$eq',
      '$ne',
      '$gt',
      '$gte',
      '$lt',
      '$lte',
      '$in',
      '$nin',
      '$exists',
      '$startsWith',
    ]);
    const ordered = SCALARS.filter((value) => value !== null && typeof value !== 'boolean');
    if (operator === '$exists') return { $exists: this.random.below(2) === 0 };
    if (operator === '$in' || operator === '$nin')
      return { [operator]: [this.random.of(SCALARS), this.random.of(SCALARS)] };
    if (operator === '$startsWith')
      return { $startsWith: this.random.of(SCALARS.filter((value) => typeof value === 'string')) };
    return { [operator]: this.random.of(operator === '$eq' || operator === '$ne' ? SCALARS : ordered) };
  }

  private object(depth: number): Record<string, unknown> {
    const size = this.random.below(8);
    return Object.fromEntries(Array.from({ length: size }, () => [this.random.of(KEYS), this.value(depth)]));
  }

  private value(depth: number): unknown {
    const kind = this.random.below(10);
    if (kind === 0) return number(this.random.of(EXTREMES));
    if (kind === 1) return [this.random.of(SCALARS), { a: 1 }];
    return kind < 5 && depth < 2 ? this.object(depth + 1) : this.random.of(SCALARS);
  }
}

describe('Filters of webhooks', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  it('select the same webhooks in PostgreSQL as a simple evaluation, for random filters and events', async () => {
    const cases = new Cases(new Random(SEED));
    const prisma = service.app.get(PrismaService);
    let [matched, compared] = [0, 0];
    for (let round = 0; round < ROUNDS; round += 1) {
      const userId = newUserId();
      const owner = await service.as(userId);
      const filters = new Map<string, object>();
      while (filters.size < FILTERS) {
        const filter = cases.filter();
        const body = exactJson({ url: NOWHERE, events: ['*'], filter });
        const created = await owner.post('/v1/webhooks', body);
        // A filter may have too many conditions.
        if (created.status === 200) filters.set(webhookUuidOf(created.body.data.webhook.id) ?? '', filter);
        else expect(created.body.error.message).toMatch(/^filter has \d+ conditions; use at most 20$/);
      }
      const events = Array.from({ length: EVENTS }, () => {
        return { event: 'extraction.completed', userId, extractionId: 'extract-1', data: cases.data() };
      });
      const { status, body } = await service.api.post('/v1/events/batch', exactJson({ events }));
      expect([status, body.error]).toEqual([202, undefined]);
      const accepted = body.data as { id: string; deliveries: number }[];
      const rows = await prisma.delivery.findMany({ where: { eventId: { in: accepted.map(({ id }) => id) } } });
      const queued = new Set(rows.map(({ eventId, webhookUuid }) => eventId + webhookUuid));
      for (const [index, { event: type, extractionId, data }] of events.entries()) {
        const { id = '', deliveries } = accepted[index] ?? {};
        const document = { type, extractionId, data: { id: extractionId, ...data } };
        let expected = 0;
        for (const [webhookUuid, filter] of filters) {
          const matches = referenceMatches(filter, document);
          const got = queued.has(id + webhookUuid);
          if (matches) expected += 1;
          if (matches !== got) {
            throw new Error(
              `FILTER_SEED=${SEED}: ${exactJson(filter)} ${got ? '' : 'not '}matched by ${exactJson(data)}`,
            );
          }
          compared += 1;
        }
        expect(deliveries).toBe(expected);
        matched += expected;
      }
    }
    // Neither answer is rare.
    expect(matched / compared).toBeGreaterThan(0.05);
    expect(matched / compared).toBeLessThan(0.95);
  });
});
