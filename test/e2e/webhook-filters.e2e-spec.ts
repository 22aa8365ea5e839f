import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventEmitter2 } from '@nestjs/event-emitter';
import * as fc from 'fast-check';
import { ExactNumber } from '../../src/common/exact-number.js';
import { PrismaService } from '../../src/database/prisma.service.js';
import { EventsService } from '../../src/events/events.service.js';
import { WebhookUpdated } from '../../src/webhooks/life-cycle.events.js';
import { WebhooksService } from '../../src/webhooks/webhooks.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { Receiver } from '../support/receiver.js';
import { runs } from '../support/run-length.js';
import { newSubscriber, type Subscriber } from './support/subscriber.js';

const LARGE = { 'data.pages': { $gte: 100 } };
const BIG = '9007199254740993';

describe('The filter of a webhook', () => {
  let service: TestApp;
  let receiver: Receiver;

  beforeAll(async () => {
    service = await startApp();
    receiver = await Receiver.start();
  });

  afterAll(async () => {
    await receiver?.close();
    await service?.close();
  });

  const filtered = async (filter: unknown): Promise<Subscriber> => {
    const subscriber = await newSubscriber(service, receiver.url);
    const { status, body } = await subscriber.api.patch(`/v1/webhooks/${subscriber.webhookId}`, { filter });
    expect([status, body.error]).toEqual([200, undefined]);
    return subscriber;
  };

  const matches = async (body: unknown): Promise<unknown> => {
    const answer = await service.api.post('/v1/webhooks/test-filter', body);
    return answer.body.data?.matches ?? answer.body.error.message;
  };

  it('is shown by every response, kept by other changes, and removed by null', async () => {
    const { api } = await newSubscriber(service, receiver.url);
    const url = receiver.url;
    const created = await api.post('/v1/webhooks', { url, events: ['*'], filter: LARGE });
    const { id } = created.body.data.webhook;
    expect(created.body.data.webhook.filter).toEqual(LARGE);
    expect((await api.patch(`/v1/webhooks/${id}`, { description: 'x' })).body.data.filter).toEqual(LARGE);
    expect((await api.get('/v1/webhooks')).body.data.map(({ filter }: { filter: unknown }) => filter)).toEqual([
      LARGE,
      null,
    ]);
    expect((await api.post(`/v1/webhooks/${id}/rotate-secret`)).body.data.webhook.filter).toEqual(LARGE);
    expect((await api.patch(`/v1/webhooks/${id}`, { filter: null })).body.data.filter).toBeNull();
    expect((await api.get(`/v1/webhooks/${id}`)).body.data.filter).toBeNull();
  });

  it('decides which events are queued, one by one and in a batch, and deliveries counts only those', async () => {
    const { api, publish, userId } = await filtered(LARGE);
    const other = await api.createWebhook(receiver.url);
    expect((await publish({ data: { pages: 99 } })).deliveries).toBe(1);
    expect((await publish({ data: { pages: 100 } })).deliveries).toBe(2);
    const events = [{ pages: 5 }, { pages: 500 }, {}, { pages: '500' }, { pages: [500] }].map((data, index) => {
      return { event: 'extraction.completed', userId, extractionId: `extract-${index}`, data };
    });
    const { body } = await api.post('/v1/events/batch', { events });
    expect(body.data.map(({ deliveries }: { deliveries: number }) => deliveries)).toEqual([1, 2, 1, 1, 1]);
    const records = await api.log(9);
    const others = records.filter(({ webhookId }) => webhookId !== other.webhook.id);
    expect(new Set(others.map(({ extractionId }) => extractionId))).toEqual(new Set(['extract-1', 'extract-xyz789']));
    expect(others).toHaveLength(2);
  });

  it('applies to events of the application, emitted or published in a transaction', async () => {
    const { userId } = await filtered(LARGE);
    const events = service.app.get(EventsService);
    const event = (pages: number) => ({ event: 'extraction.completed', userId, extractionId: 'e', data: { pages } });
    expect((await events.publish(event(99))).deliveries).toBe(0);
    expect((await events.publish(event(100))).deliveries).toBe(1);
    const counts = await service.app.get(PrismaService).$transaction(async (tx) => {
      return [await events.publish(event(1), tx), await events.publish(event(1_000), tx)].map((one) => one.deliveries);
    });
    expect(counts).toEqual([0, 1]);
  });

  it('does not apply to test events', async () => {
    const { api, webhookId } = await filtered(LARGE);
    expect((await api.post(`/v1/webhooks/${webhookId}/test`)).status).toBe(202);
    const [record] = await api.log(1);
    expect(record).toMatchObject({ event: 'webhook.test', status: 'success' });
  });

  it('as it is when events are recovered decides about them', async () => {
    const { api, publish, webhookId } = await filtered({ 'data.pages': { $lt: 0 } });
    const since = new Date(Date.now() - 1_000).toISOString();
    for (const pages of [50, 150]) await publish({ data: { pages } });
    await publish({ data: { pages: 150, note: '\u0000\ud800' } });
    const recover = async (): Promise<number> =>
      (await api.post(`/v1/webhooks/${webhookId}/recover`, { since })).body.data.queued as number;
    expect(await recover()).toBe(0);
    await api.patch(`/v1/webhooks/${webhookId}`, { filter: { ...LARGE, 'data.note': { $startsWith: '\u0000' } } });
    expect(await recover()).toBe(1);
    await api.patch(`/v1/webhooks/${webhookId}`, { filter: LARGE });
    expect(await recover()).toBe(1);
    await api.patch(`/v1/webhooks/${webhookId}`, { filter: null });
    expect(await recover()).toBe(1);
  });

  it('keeps all digits of numbers, in requests, responses, events and matches', async () => {
    const { api, webhookId, userId } = await filtered(LARGE);
    const path = `/v1/webhooks/${webhookId}`;
    await api.patch(path, `{"filter":{"data.n":${BIG},"data.m":{"$lt":0.10000000000000000001}}}`);
    const { headers, url } = { headers: { authorization: `Bearer ${api.key}` }, url: service.url };
    const response = await fetch(`${url}${path}`, { headers });
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const text = await response.text();
    expect(text).toContain(`"filter":{"data.n":${BIG},"data.m":{"$lt":0.10000000000000000001}}`);
    // The response is the request of a change that changes nothing.
    await api.patch(path, `{"filter":${/"filter":(.*?\}\})/.exec(text)?.[1]}}`);
    const publish = async (n: string): Promise<number> => {
      const body = `{"event":"extraction.completed","userId":"${userId}","extractionId":"e","data":{"n":${n},"m":0.1}}`;
      return (await api.post('/v1/events', body)).body.data.deliveries as number;
    };
    expect([await publish('9007199254740992'), await publish(BIG), await publish(`${BIG}.0`)]).toEqual([0, 1, 1]);
  });

  it.each([
    [{ filter: LARGE, event: { type: 'extraction.completed', data: { pages: 100 } } }, true],
    [
      { filter: LARGE, event: { event: 'extraction.completed', userId: 'u', extractionId: 'e', data: { pages: 99 } } },
      false,
    ],
    [
      {
        filter: { extractionId: 'e', 'data.id': 'e', type: 'a.b' },
        event: { event: 'a.b', extractionId: 'e', data: {} },
      },
      true,
    ],
    [{ filter: { extractionId: 'e' }, event: { type: 'a.b', data: { id: 'e' } } }, true],
    [{ filter: { extractionId: { $exists: true } }, event: { event: 'a.b', data: { id: 'e' } } }, false],
    [`{"filter":{"data.n":${BIG}},"event":{"type":"a.b","data":{"n":9007199254740992}}}`, false],
    [`{"filter":{"data.n":${BIG}},"event":{"type":"a.b","data":{"n":${BIG}}}}`, true],
    [{ filter: { 'data.\u0000': '\ud800' }, event: { data: { '\u0000': '\ud800' } } }, true],
    [{ filter: { 'data.a\\.b': { $gt: 'Z' } }, event: { data: { 'a.b': 'a' } } }, true],
    [{ filter: { 'data.n': { $gt: 'Z' } }, event: { data: { n: 5 } } }, false],
    [
      { filter: LARGE },
      'event must be a JSON object with type, event, extractionId, timestamp, occurredAt, userId and data, not null',
    ],
    [{ filter: LARGE, event: { type: 'a.b' } }, 'event.data must be an object, not null'],
    [
      { filter: LARGE, event: { type: 1, data: {} } },
      'event.type must be a text of 1 to 128 visible ASCII characters, not 1',
    ],
    [{ filter: LARGE, event: { occurredAt: 1, data: {} } }, 'event.occurredAt must be a text, not 1'],
    [{ filter: LARGE, event: { type: 'a.b', event: 'a.b', data: {} } }, 'event must have type or event, not both'],
    [
      { event: { data: {} } },
      'filter must be an object of conditions, such as {"data.pages": {"$gte": 100}}, not null',
    ],
    [
      { filter: { 'data.a': { $regex: '^(a+)+$' } }, event: { data: {} } },
      expect.stringContaining('filter.data.a.$regex is not'),
    ],
    [
      '{"filter":{"type":"a"},"filter":{"type":"b"},"event":{"data":{}}}',
      'The body must not have two fields of the same name',
    ],
    ['{', expect.stringContaining('The body is not JSON')],
    ['', 'filter must be an object of conditions, such as {"data.pages": {"$gte": 100}}, not null'],
  ])('is tested by POST /v1/webhooks/test-filter: test %#', async (body, expected) => {
    expect(await matches(body)).toEqual(expected);
  });

  it('works in process: bigints, exact numbers, life-cycle events and tests', async () => {
    const { userId, webhookId } = await newSubscriber(service, receiver.url);
    const webhooks = service.app.get(WebhooksService);
    const caller = { userId, keyId: 'host', scopes: ['webhooks' as const] };
    const heard: WebhookUpdated[] = [];
    service.app.get(EventEmitter2).on(WebhookUpdated.eventName, (event) => heard.push(event as WebhookUpdated));
    const updated = await webhooks.update(caller, webhookId, { filter: { 'data.n': BigInt(BIG) } });
    expect(updated.filter).toEqual({ 'data.n': new ExactNumber(BIG) });
    expect(heard.map(({ webhook, before }) => [webhook.filter, before.filter])).toEqual([[updated.filter, null]]);
    expect((await webhooks.update(caller, webhookId, { filter: updated.filter })).filter).toEqual(updated.filter);
    const filter = { 'data.n': BigInt(BIG) };
    expect(await webhooks.testFilter({ filter, event: { data: { n: BigInt(BIG) } } })).toEqual({ matches: true });
    expect(await webhooks.testFilter({ filter, event: { data: { n: BigInt(BIG) - 1n } } })).toEqual({ matches: false });
  });

  it('of any form is accepted or refused, and never fails', async () => {
    const { api, webhookId, publish } = await newSubscriber(service, receiver.url);
    const key = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }).map((name) => `data.${name}`),
      fc.constantFrom(
        '$and',
        '$or',
        '$not',
        'type',
        'data.a',
        'data.\\',
        '$where',
        'data.$.a',
        'data.a[*]',
        'data."a"',
      ),
    );
    const operator = fc.constantFrom('$eq', '$gt', '$in', '$nin', '$exists', '$startsWith', '$regex', '$ne');
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.oneof(fc.constantFrom(null, true, 1, -0, 1e308, 5e-324), fc.string({ unit: 'binary', maxLength: 12 })),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.oneof(key, operator), tie('value'), { maxKeys: 3, noNullPrototype: true }),
      ),
    }));
    const filters = fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true });
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const { status, body } = await api.patch(`/v1/webhooks/${webhookId}`, { filter });
        if (status === 200) {
          expect(body.data.filter).toEqual(JSON.parse(JSON.stringify(filter)));
          await publish({ data: { a: 'x' } });
        } else {
          expect([status, body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
          expect(body.error.message.length).toBeLessThan(4_096);
        }
        statuses.add(status);
      }),
      { numRuns: runs(500) },
    );
    expect(statuses).toEqual(new Set([200, 400]));
  });

  it('is refused with the field and the rule', async () => {
    const { body, status } = await service.api.post('/v1/webhooks', {
      url: receiver.url,
      events: ['*'],
      filter: { 'data.pages': { $like: '%' } },
    });
    expect([status, body.error.message]).toEqual([
      400,
      expect.stringContaining('filter.data.pages.$like is not an operator; use $eq, $ne'),
    ]);
  });
});
