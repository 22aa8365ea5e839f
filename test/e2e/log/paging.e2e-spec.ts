import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber, type Subscriber } from '../support/subscriber.js';

const DELIVERIES = '/v1/webhooks/deliveries';
const COUNT = 120;

describe('Paging through the log', () => {
  let service: TestApp;
  let receiver: Receiver;
  let subscriber: Subscriber;
  /** The ids of the first records, newest first, in the order that the pages must have. */
  let ids: string[];

  beforeAll(async () => {
    service = await startApp();
    receiver = await Receiver.start();
    subscriber = await newSubscriber(service, receiver.url);
    const { userId, api } = subscriber;
    const events = Array.from({ length: COUNT }, (_value, index) => ({
      event: 'extraction.completed',
      userId,
      extractionId: `extract-${index % 2}`,
      data: {},
    }));
    await api.post('/v1/events/batch', { events });
    // The log is complete when each half of it is.
    const halves = [
      await api.log(COUNT / 2, '&extractionId=extract-0'),
      await api.log(COUNT / 2, '&extractionId=extract-1'),
    ];
    ids = halves
      .flat()
      .map(({ id }) => String(id))
      .sort()
      .toReversed();
  });

  afterAll(async () => {
    await service.close();
    await receiver.close();
  });

  /** All pages, one after another; `meanwhile` is called between them. */
  async function pages(query: string, meanwhile: () => Promise<unknown> = async () => undefined): Promise<string[][]> {
    const found: string[][] = [];
    let cursor = '';
    do {
      const { status, body } = await subscriber.api.get(`${DELIVERIES}?${query}${cursor}`);
      expect(status).toBe(200);
      expect(body.hasMore).toBe(body.nextCursor !== null);
      found.push(body.data.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
      await meanwhile();
    } while (cursor !== '');
    return found;
  }

  it('has 50 records a page unless told otherwise', async () => {
    expect((await pages('')).map(({ length }) => length)).toEqual([50, 50, 20]);
  });

  it.each([
    [1, 120],
    [7, 18],
    [40, 3],
    [60, 2],
    [100, 2],
  ])('shows each record once, in order: %i a page', async (limit, count) => {
    const found = await pages(`limit=${limit}`);
    expect(found).toHaveLength(count);
    expect(found.flat()).toEqual(ids);
  });

  it('goes together with filters', async () => {
    const found = await pages('limit=25&extractionId=extract-1&status=success');
    expect(found.map(({ length }) => length)).toEqual([25, 25, 10]);
    const odd = await subscriber.api.log(60, '&extractionId=extract-1');
    expect(found.flat()).toEqual(odd.map(({ id }) => id));
  });

  it.each([
    ['without a filter', () => ''],
    ['by kind', () => '&status=success&trigger=event'],
    ['by webhook', () => `&webhookId=${subscriber.webhookId}`],
  ])('shows each record once while new ones arrive: %s', async (_how, filter) => {
    const existing = (await pages(`limit=100${filter()}`)).flat();
    let arrived = existing.length - ids.length;
    const found = await pages(`limit=25${filter()}`, async () => {
      await subscriber.publish({ extractionId: 'extract-new' });
      arrived += 1;
      await subscriber.api.log(arrived, '&extractionId=extract-new');
    });
    // New records precede the first page, and never follow it.
    expect(arrived).toBe(existing.length - ids.length + found.length);
    expect(found.flat()).toEqual(existing);
    const [first] = await pages(`limit=100${filter()}`);
    expect(first!.indexOf(existing[0]!)).toBe(found.length);
  });
});
