import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber } from '../support/subscriber.js';

describe('A delivery that fails', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp({ env: { RETRY_SCHEDULE: '0s,20ms,30ms,40ms' } });
  });

  afterAll(async () => {
    await service.close();
  });

  it('is retried under the same webhook-id and body, with a growing attempt number and a new timestamp', async () => {
    const receiver = await Receiver.start((_request, response, number) => {
      response.writeHead(number < 3 ? 500 : 204).end();
    });
    const { publish, api } = await newSubscriber(service, receiver.url);
    const { id } = await publish({ data: { pages: 3 } });
    const requests = await receiver.received(3);
    expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
    expect(requests.map(({ headers }) => headers['x-docmap-attempt'])).toEqual(['1', '2', '3']);
    expect(requests.map(({ headers }) => headers['x-docmap-delivery'])).toEqual(
      requests.map(({ headers }) => headers['webhook-id']),
    );

    const [third, second, first] = await api.log(3);
    const common = { deliveryId: requests[0]!.headers['webhook-id'], event: 'extraction.completed' };
    expect(first).toMatchObject({ ...common, attempt: 1, trigger: 'event', httpStatus: 500, error: 'HTTP 500' });
    expect(second).toMatchObject({ ...common, attempt: 2, trigger: 'retry', httpStatus: 500, status: 'failed' });
    expect(third).toMatchObject({ ...common, attempt: 3, trigger: 'retry', httpStatus: 204, status: 'success' });
    expect(third).toMatchObject({ error: null, nextAttemptAt: null });
    expect((await api.get(`/v1/events/${id}`)).body.data.deliveries).toMatchObject([
      { state: 'succeeded', attempts: 3 },
    ]);
    await receiver.close();
  });

  it('is given up after the last attempt of the schedule', async () => {
    const receiver = await Receiver.start((_request, response) => response.writeHead(500).end());
    const { publish, api } = await newSubscriber(service, receiver.url);
    const { id } = await publish();
    const records = await api.log(4);
    expect(records.map(({ attempt }) => attempt)).toEqual([4, 3, 2, 1]);
    expect(records[0]!.nextAttemptAt).toBeNull();
    expect((await api.get(`/v1/events/${id}`)).body.data.deliveries).toMatchObject([
      { state: 'exhausted', attempts: 4, nextAttemptAt: null },
    ]);

    // The next event's first attempt shows that the dispatcher continued without a further attempt of the first event.
    await publish({ extractionId: 'extract-next' });
    await receiver.received(5);
    const received = receiver.requests.filter(({ body }) => !body.includes('extract-next'));
    expect(received).toHaveLength(4);
    await receiver.close();
  });

  it('says in the log when its next attempt is due, and is not attempted before', async () => {
    const receiver = await Receiver.start((_request, response) => response.writeHead(500).end());
    const { publish, api } = await newSubscriber(service, receiver.url);
    await publish();
    const records = (await api.log(4)).toReversed();
    for (const [index, { nextAttemptAt, createdAt, durationMs }] of records.slice(0, 3).entries()) {
      const end = Date.parse(String(createdAt)) + Number(durationMs);
      // 20, 30 and 40 ms, each 20 % shorter or longer, from the end of the attempt before; times are whole milliseconds.
      expect(Date.parse(String(nextAttemptAt)) - end).toBeGreaterThanOrEqual((20 + 10 * index) * 0.8 - 2);
      expect(Date.parse(String(records[index + 1]!.createdAt))).toBeGreaterThanOrEqual(
        Date.parse(String(nextAttemptAt)) - 1,
      );
    }
    await receiver.close();
  });

  it('has failed for every answer that is not 2xx, and goes on to its next attempt', async () => {
    const codes = [300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 408, 409, 422, 451, 499, 500, 501, 599];
    const { records, receiver } = await answersOf(codes, 2);
    for (const code of codes) {
      const [second, first] = records.filter(({ extractionId }) => extractionId === `extract-${code}`);
      expect(first).toMatchObject({ status: 'failed', httpStatus: code, error: `HTTP ${code}` });
      expect(second).toMatchObject({ status: 'success', httpStatus: 200, error: null });
    }
    await receiver.close();
  });

  it('has not failed for any 2xx answer', async () => {
    const codes = [200, 201, 202, 203, 204, 205, 206, 226, 299];
    const { records, receiver } = await answersOf(codes, 1);
    expect(records.map(({ httpStatus }) => Number(httpStatus)).sort((a, b) => a - b)).toEqual(codes);
    for (const record of records) {
      expect(record).toMatchObject({ status: 'success', attempt: 1, error: null, nextAttemptAt: null });
    }
    await receiver.close();
  });

  it('is not sent anywhere else when the answer is a redirect', async () => {
    const codes = [300, 301, 302, 303, 307, 308];
    const { records, receiver } = await answersOf(codes, 2);
    expect(records).toHaveLength(2 * codes.length);
    expect(receiver.requests).toHaveLength(2 * codes.length);
    expect(new Set(receiver.requests.map(({ path, method }) => `${method} ${path}`))).toEqual(
      new Set(['POST /webhooks/docmap']),
    );
    await receiver.close();
  });

  /** Publishes an event for each code, which answers its first attempt. The next attempt is answered with 200. */
  async function answersOf(codes: number[], attempts: number) {
    const receiver = await Receiver.start(({ headers, body }, response) => {
      const isFirst = headers['x-docmap-attempt'] === '1';
      const location = `http://127.0.0.1:${receiver.port}/elsewhere`;
      response.writeHead(isFirst ? JSON.parse(body).data.code : 200, { location }).end();
    });
    const { userId, api } = await newSubscriber(service, receiver.url);
    const event = { event: 'extraction.completed', userId };
    const events = codes.map((code) => ({ ...event, extractionId: `extract-${code}`, data: { code } }));
    await api.post('/v1/events/batch', { events });
    return { records: await api.log(attempts * codes.length), receiver };
  }
});
