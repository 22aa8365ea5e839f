import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber, newUserId, type Subscriber } from '../support/subscriber.js';

const DELIVERIES = '/v1/webhooks/deliveries';

describe('The log of deliveries', () => {
  let service: TestApp;
  let receiver: Receiver;
  let subscriber: Subscriber;
  let second: string;

  /** Three deliveries to one webhook, of which the second fails at first. Two of the events go to a second webhook too. */
  beforeAll(async () => {
    service = await startApp({ env: { RETRY_SCHEDULE: '0s' } });
    receiver = await Receiver.start(({ body }, response) => {
      response.writeHead(body.includes('"extract-b"') ? 500 : 200).end();
    });
    subscriber = await newSubscriber(service, receiver.url);
    second = (await subscriber.api.createWebhook(receiver.url, ['extraction.completed'])).webhook.id;
    let count = 0;
    for (const [name, event, expected] of [
      ['a', 'extraction.completed', 2],
      ['b', 'extraction.completed', 2],
      ['c', 'extraction.failed', 1],
    ] as const) {
      await subscriber.publish({ extractionId: `extract-${name}`, event });
      count += expected;
      await subscriber.api.log(count);
    }
  });

  afterAll(async () => {
    await service.close();
    await receiver.close();
  });

  async function list(query = ''): Promise<Record<string, unknown>[]> {
    const { status, body } = await subscriber.api.get(`${DELIVERIES}${query}`);
    expect(status).toBe(200);
    return body.data;
  }

  it('is newest first, and says that there is no more', async () => {
    const { body } = await subscriber.api.get(DELIVERIES);
    expect(extractionsOf(body.data)).toEqual(['c', 'b', 'b', 'a', 'a']);
    expect(body).toEqual({ data: expect.any(Array), hasMore: false, nextCursor: null });
  });

  it('has exactly the documented fields', async () => {
    const [record] = await list('?extractionId=extract-c');
    expect(record).toEqual({
      id: expect.any(String),
      userId: subscriber.userId,
      webhookId: subscriber.webhookId,
      extractionId: 'extract-c',
      event: 'extraction.failed',
      url: receiver.url,
      status: 'success',
      httpStatus: 200,
      error: null,
      durationMs: expect.any(Number),
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      deliveryId: expect.any(String),
      attempt: 1,
      trigger: 'event',
      nextAttemptAt: null,
    });
  });

  it.each([
    ['status', () => 'status=failed', ['b', 'b']],
    ['the other status', () => 'status=success', ['c', 'a', 'a']],
    ['event', () => 'event=extraction.failed', ['c']],
    ['the test event, which has none', () => 'event=webhook.test', []],
    ['extraction', () => 'extractionId=extract-a', ['a', 'a']],
    ['an unknown extraction', () => 'extractionId=extract-unknown', []],
    ['webhook', () => `webhookId=${subscriber.webhookId}`, ['c', 'b', 'a']],
    ['the other webhook', () => `webhookId=${second}`, ['b', 'a']],
    ['webhook and status', () => `webhookId=${second}&status=failed`, ['b']],
    ['HTTP status', () => 'httpStatus=500', ['b', 'b']],
    ['class of HTTP statuses', () => 'httpStatus=2xx', ['c', 'a', 'a']],
    ['no HTTP status', () => 'httpStatus=none', []],
    ['trigger', () => 'trigger=event', ['c', 'b', 'b', 'a', 'a']],
    ['another trigger', () => 'trigger=retry', []],
    ['class of errors', () => 'errorClass=response', ['b', 'b']],
    ['another class of errors', () => 'errorClass=proxy', []],
    ['an unknown delivery', () => `deliveryId=${randomUUID()}`, []],
    ['a delivery that is no id', () => 'deliveryId=none', []],
    ['all at once', () => `webhookId=${second}&status=failed&event=extraction.completed&extractionId=extract-b`, ['b']],
    ['all at once, with nothing left', () => `webhookId=${second}&status=failed&extractionId=extract-a`, []],
  ])('can be filtered by %s', async (_case, query, expected) => {
    expect(extractionsOf(await list(`?${query()}`))).toEqual(expected);
  });

  it('can be filtered by delivery', async () => {
    const [c, b] = (await list()).map(({ deliveryId }) => String(deliveryId));
    expect(extractionsOf(await list(`?deliveryId=${c}`))).toEqual(['c']);
    expect(extractionsOf(await list(`?deliveryId=${b}&status=failed`))).toEqual(['b']);
    expect(await list(`?deliveryId=${b}&status=success`)).toEqual([]);
    const stranger = await service.as(newUserId());
    expect((await stranger.get(`${DELIVERIES}?deliveryId=${c}`)).body.data).toEqual([]);
  });

  it('can be filtered by time: from since on, and before until', async () => {
    const records = await list();
    const [c, , , , a] = records.map(({ createdAt }) => String(createdAt));
    const ofB = records
      .filter(({ extractionId }) => extractionId === 'extract-b')
      .map((b) => Date.parse(String(b.createdAt)));
    const begin = new Date(Math.min(...ofB)).toISOString();
    expect(extractionsOf(await list(`?since=${begin}`))).toEqual(['c', 'b', 'b']);
    expect(extractionsOf(await list(`?until=${begin}`))).toEqual(['a', 'a']);
    expect(extractionsOf(await list(`?since=${begin}&until=${c}`))).toEqual(['b', 'b']);
    expect(extractionsOf(await list(`?since=${c}`))).toEqual(['c']);
    expect(await list(`?until=${a}`)).toEqual([]);
    // The same time with the offset of Kathmandu.
    const elsewhere = new Date(Date.parse(begin) + 20_700_000).toISOString().replace('Z', '%2B05:45');
    expect(extractionsOf(await list(`?since=${elsewhere}`))).toEqual(['c', 'b', 'b']);
  });

  it.each([
    ['another user has', async () => (await newSubscriber(service, receiver.url)).webhookId],
    ['nobody has', () => `webhook-${'0'.repeat(32)}`],
    ['is no id', () => 'webhook-abc123def456'],
    ['is empty', () => ''],
    ['is a quote', () => "'"],
  ])('is empty for a webhookId that %s', async (_case, webhookId) => {
    const { status, body } = await subscriber.api.get(
      `${DELIVERIES}?webhookId=${encodeURIComponent(await webhookId())}`,
    );
    expect(status).toBe(200);
    expect(body).toEqual({ data: [], hasMore: false, nextCursor: null });
  });

  it("never shows another user's records", async () => {
    const stranger = await service.as(newUserId());
    expect((await stranger.get(DELIVERIES)).body.data).toEqual([]);
    for (const query of [`webhookId=${subscriber.webhookId}`, 'extractionId=extract-a', 'status=success']) {
      expect((await stranger.get(`${DELIVERIES}?${query}`)).body.data).toEqual([]);
    }
  });

  it.each([
    ['limit', 'limit=0'],
    ['limit', 'limit=101'],
    ['limit', 'limit=-1'],
    ['limit', 'limit=1.5'],
    ['limit', 'limit=ten'],
    ['limit', 'limit='],
    ['limit', 'limit=1&limit=2'],
    ['status', 'status=pending'],
    ['status', 'status=Success'],
    ['httpStatus', 'httpStatus=50'],
    ['httpStatus', 'httpStatus=5XX'],
    ['httpStatus', 'httpStatus='],
    ['httpStatus', 'httpStatus=500&httpStatus=200'],
    ['trigger', 'trigger=Event'],
    ['errorClass', 'errorClass=DNS'],
    ['deliveryId', 'deliveryId=a&deliveryId=b'],
    ['event', 'event=extraction.started'],
    ['extractionId', 'extractionId=a%20b'],
    ['since', 'since=yesterday'],
    ['since', 'since=2025-01-20'],
    ['since', 'since=2025-02-30T00:00:00Z'],
    ['since', 'since=2025-01-20T14Z'],
    ['until', 'until=1737383404'],
    ['until', 'until='],
    ['cursor', 'cursor='],
    ['cursor', 'cursor=abc'],
    ['cursor', 'cursor=AAAAAAAAAAAAAAAAAAAAAA%3D%3D'],
    ['webhookId', 'webhookId=a&webhookId=b'],
    ['page', 'page=2'],
  ])('refuses a bad query, naming %s: %s', async (field, query) => {
    const { status, body } = await subscriber.api.get(`${DELIVERIES}?${query}`);
    expect(status).toBe(400);
    expect(body.error.code).toBe('VALIDATION_ERROR');
    expect(body.error.message).toContain(field);
  });
});

function extractionsOf(records: Record<string, unknown>[]): string[] {
  return records.map(({ extractionId }) => String(extractionId).replace('extract-', ''));
}
