import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { uuidV7, webhookIdOf } from '../../../src/common/ids.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import type { ReceivedResponse } from '../../../src/queue/attempt-outcome.js';
import type { ErrorClass } from '../../../src/queue/outcome-class.js';
import { codesOfClass, outcomeCodeOf } from '../../../src/queue/outcome-code.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { ApiClient } from '../../support/api-client.js';
import { newUserId } from '../support/subscriber.js';
import { insertRows } from '../support/insert-rows.js';

const ROWS = 800;
// Recent: retention removes older rows during the test.
const BEGIN = Date.now() - 3_600_000;

const EVENTS = ['extraction.completed', 'extraction.failed', 'webhook.test'] as const;
const TRIGGERS = ['event', 'retry', 'resend'] as const;
const WEBHOOKS = [randomUUID(), randomUUID(), randomUUID()];
const DELIVERIES = Array.from({ length: 60 }, () => randomUUID());
const EXTRACTIONS = ['extract-a', 'extract-b', null];
const answer = (status: number): ReceivedResponse => ({ status, headers: {}, body: '', truncated: false });
const OUTCOMES: { response: ReceivedResponse | null; error: string | null; class?: ErrorClass }[] = [
  { response: answer(200), error: null },
  { response: answer(204), error: null },
  { response: answer(500), error: 'HTTP 500', class: 'response' },
  { response: answer(503), error: 'HTTP 503', class: 'response' },
  { response: answer(404), error: 'HTTP 404', class: 'response' },
  { response: null, error: 'DNS lookup failed', class: 'dns' },
  { response: null, error: 'The operation was aborted due to timeout', class: 'timeout' },
  { response: answer(200), error: 'The operation was aborted due to timeout', class: 'timeout' },
  { response: null, error: 'the signing secret could not be read' },
];

/** An element of a list, the same one for the same number. The first elements are more frequent. */
function pick<Value>(values: readonly Value[], number: number): Value {
  return values[Math.floor(values.length * ((number * 0.618_034) % 1) ** 3)]!;
}

type Row = ReturnType<typeof rowOf>;

/** @param userId the user of the row. Every eighth row belongs to another user */
function rowOf(number: number, userId: string) {
  const { response, error, class: errorClass } = pick(OUTCOMES, number * 7);
  // A row of a version that recorded no outcome has the default.
  const isKnown = number % 5 > 0;
  const stored = {
    id: uuidV7(BEGIN + number),
    userId: number % 8 === 0 ? `${userId}_other` : userId,
    webhookUuid: pick(WEBHOOKS, number * 3),
    deliveryId: pick(DELIVERIES, number * 11),
    eventId: randomUUID(),
    extractionId: pick(EXTRACTIONS, number * 13),
    event: pick(EVENTS, number * 17),
    url: 'https://receiver.example/',
    status: error === null ? ('success' as const) : ('failed' as const),
    httpStatus: response?.status ?? null,
    error,
    outcome: isKnown ? outcomeCodeOf({ response, error }) : 0,
    durationMs: 1,
    attempt: 1,
    trigger: pick(TRIGGERS, number * 19),
    requestHeaders: '',
    responseTruncated: false,
    createdAt: new Date(BEGIN + number),
  };
  return { stored, errorClass: isKnown ? errorClass : undefined };
}

const time = fc.integer({ min: 0, max: ROWS }).map((number) => new Date(BEGIN + number).toISOString());

/** Any filters, with values that rows have, and some that they have not. */
const filters = fc.record(
  {
    webhookId: fc.constantFrom(...WEBHOOKS.map(webhookIdOf)),
    status: fc.constantFrom('success', 'failed'),
    event: fc.constantFrom(...EVENTS),
    extractionId: fc.constantFrom('extract-a', 'extract-b'),
    deliveryId: fc.constantFrom(...DELIVERIES.slice(0, 3)),
    httpStatus: fc.constantFrom('200', '204', '500', '418', '2xx', '5xx', 'none'),
    trigger: fc.constantFrom(...TRIGGERS, 'recover'),
    errorClass: fc.constantFrom('timeout', 'dns', 'response', 'proxy'),
    since: time,
    until: time,
  },
  { requiredKeys: [] },
);

type Filters = typeof filters extends fc.Arbitrary<infer Value> ? Value : never;

function passes({ stored, errorClass }: Row, filter: Filters): boolean {
  const { webhookId, deliveryId, httpStatus, since, until } = filter;
  const status = String(stored.httpStatus ?? 'none');
  return (
    (webhookId === undefined || webhookIdOf(stored.webhookUuid) === webhookId) &&
    (['status', 'event', 'extractionId', 'trigger'] as const).every(
      (name) => filter[name] === undefined || stored[name] === filter[name],
    ) &&
    (deliveryId === undefined || stored.deliveryId === deliveryId) &&
    (httpStatus === undefined || status === httpStatus || `${status[0]}xx` === httpStatus) &&
    (filter.errorClass === undefined || errorClass === filter.errorClass) &&
    (since === undefined || stored.createdAt >= new Date(since)) &&
    (until === undefined || stored.createdAt < new Date(until))
  );
}

describe('The log under any combination of filters', () => {
  let service: TestApp;
  let api: ApiClient;
  let rows: Row[];

  beforeAll(async () => {
    service = await startApp();
    const userId = newUserId();
    api = await service.as(userId);
    const all = Array.from({ length: ROWS }, (_value, number) => rowOf(number, userId));
    await insertRows(
      service.app.get(PrismaService),
      'delivery_attempts',
      all.map(({ stored }) => stored),
    );
    rows = all.filter(({ stored }) => stored.userId === userId).toReversed();
  });

  afterAll(() => service.close());

  async function list(query: Record<string, string>): Promise<{ ids: string[]; next: string | null }> {
    const { status, body } = await api.get(`/v1/webhooks/deliveries?${new URLSearchParams(query).toString()}`);
    expect(status).toBe(200);
    return { ids: body.data.map(({ id }: { id: string }) => id), next: body.nextCursor };
  }

  it('has exactly the attempts that pass, newest first, on pages of any size', async () => {
    await fc.assert(
      fc.asyncProperty(filters, fc.integer({ min: 40, max: 100 }), async (filter, limit) => {
        const found: string[] = [];
        for (let cursor: string | null = ''; cursor !== null;) {
          const query = { ...filter, limit: String(limit), ...(cursor === '' ? {} : { cursor }) };
          const { ids, next } = await list(query);
          expect(next === null ? limit : ids.length).toBe(limit);
          found.push(...ids);
          cursor = next;
        }
        expect(found).toEqual(rows.filter((row) => passes(row, filter)).map(({ stored }) => stored.id));
      }),
      { numRuns: 150 },
    );
  });

  it('has the classes that the codes of outcomes say', () => {
    for (const { stored, errorClass } of rows) {
      if (errorClass === undefined) continue;
      const [first, last] = codesOfClass(errorClass);
      expect(stored.outcome).toBeGreaterThanOrEqual(first);
      expect(stored.outcome).toBeLessThanOrEqual(last);
    }
  });
});
