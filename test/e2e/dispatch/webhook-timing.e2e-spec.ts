import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber, type Subscriber } from '../support/subscriber.js';

const HOUR_MS = 3_600_000;

describe('The timing of a webhook', () => {
  let service: TestApp;
  let failing: Receiver;
  let silent: Receiver;

  beforeAll(async () => {
    service = await startApp({ env: { RETRY_SCHEDULE: '0s,1d', DELIVERY_TIMEOUT_MS: '9000' } });
    failing = await Receiver.start((_request, response) => void response.writeHead(500).end());
    silent = await Receiver.start(() => undefined);
  });

  afterAll(async () => {
    await service?.close();
    await failing?.close();
    await silent?.close();
  });

  const withTiming = async (url: string, timing: object): Promise<Subscriber> => {
    const subscriber = await newSubscriber(service, url);
    const { status, body } = await subscriber.api.patch(`/v1/webhooks/${subscriber.webhookId}`, timing);
    expect([status, body.data]).toEqual([200, expect.objectContaining(timing)]);
    return subscriber;
  };

  it('is shown by each response, and null restores that of the service', async () => {
    const timing = { timeoutMs: 1_000, retrySchedule: ['0s', '500ms', '7d'] };
    const created = await service.api.post('/v1/webhooks', { url: failing.url, events: ['*'], ...timing });
    expect(created.body.data.webhook).toMatchObject(timing);
    const path = `/v1/webhooks/${created.body.data.webhook.id}`;
    expect((await service.api.patch(path, { description: 'x' })).body.data).toMatchObject(timing);
    const reset = { timeoutMs: null, retrySchedule: null };
    expect((await service.api.patch(path, reset)).body.data).toMatchObject(reset);
    expect((await service.api.get(path)).body.data).toMatchObject(reset);
    await service.api.delete(path);
  });

  it('ends an attempt after the time limit of the webhook, not after that of the service', async () => {
    const { api, publish } = await withTiming(silent.url, { timeoutMs: 1_000 });
    await publish();
    const [record] = await api.log(1);
    expect(record).toMatchObject({ status: 'failed', error: 'The operation was aborted due to timeout' });
    expect(record?.durationMs).toBeGreaterThanOrEqual(1_000);
    expect(record?.durationMs).toBeLessThan(8_000);
  });

  it('never exceeds the time limit of the service, which may have become lower', async () => {
    const subscriber = await newSubscriber(service, silent.url);
    const { webhookUuid: id, publish, api } = subscriber;
    await service.app.get(PrismaService).webhook.update({ where: { id }, data: { timeoutMs: 60_000 } });
    await publish();
    const [record] = await api.log(1);
    expect(record).toMatchObject({ status: 'failed', error: 'The operation was aborted due to timeout' });
  }, 30_000);

  it('sends as often as the schedule of the webhook says, and no more', async () => {
    const { api, publish } = await withTiming(failing.url, { retrySchedule: ['0s', '20ms', '20ms', '20ms'] });
    const { id } = await publish();
    const records = await api.log(4);
    expect(records.map(({ attempt }) => attempt)).toEqual([4, 3, 2, 1]);
    expect(records[0]?.nextAttemptAt).toBeNull();
    expect((await api.get(`/v1/events/${id}`)).body.data.deliveries).toMatchObject([
      { state: 'exhausted', attempts: 4 },
    ]);
  });

  it('varies the delays of the webhook by 20 %, and shows the next attempt', async () => {
    const { api, publish, webhookId } = await withTiming(failing.url, { retrySchedule: ['0s', '2h'] });
    await publish();
    const [record] = await api.log(1);
    const delay = Date.parse(String(record?.nextAttemptAt)) - Date.parse(String(record?.createdAt));
    expect(delay).toBeGreaterThanOrEqual(1.6 * HOUR_MS);
    expect(delay).toBeLessThan(2.4 * HOUR_MS + 60_000);
    // The other webhooks keep the schedule of the service.
    const other = await newSubscriber(service, failing.url);
    await other.publish();
    const [kept] = await other.api.log(1);
    expect(Date.parse(String(kept?.nextAttemptAt)) - Date.parse(String(kept?.createdAt))).toBeGreaterThan(19 * HOUR_MS);
    expect((await api.patch(`/v1/webhooks/${webhookId}`, { retrySchedule: ['0s'] })).status).toBe(200);
    await publish();
    expect((await api.log(2))[0]?.nextAttemptAt).toBeNull();
  });

  it.each([
    [{ timeoutMs: 999 }, 'timeoutMs must be a whole number from 1000 to the limit of the service, not 999'],
    [{ timeoutMs: 1_000.5 }, 'timeoutMs must be a whole number from 1000 to the limit of the service, not 1000.5'],
    [{ timeoutMs: '5000' }, 'timeoutMs must be a whole number from 1000 to the limit of the service, not "5000"'],
    [{ timeoutMs: 9_001 }, 'timeoutMs must be a whole number from 1000 to 9000, not 9001'],
    [
      { retrySchedule: [] },
      'retrySchedule must be an array of 1 to 20 durations, such as ["0s", "5s", "5m"], not an array',
    ],
    [
      { retrySchedule: '0s,5s' },
      'retrySchedule must be an array of 1 to 20 durations, such as ["0s", "5s", "5m"], not "0s,5s"',
    ],
    [{ retrySchedule: Array.from({ length: 21 }, () => '1s') }, 'retrySchedule must be an array of 1 to 20 durations'],
    [
      { retrySchedule: ['0s', '5 min'] },
      'retrySchedule[1]: "5 min" is not a duration up to 7d; use a whole number and ms',
    ],
    [{ retrySchedule: ['0s', '8d'] }, 'retrySchedule[1]: "8d" is not a duration up to 7d'],
    [{ retrySchedule: [5] }, 'retrySchedule[0]: 5 is not a duration up to 7d'],
  ])('is refused: %j', async (timing, message) => {
    const body = { url: failing.url, events: ['*'], ...timing };
    const { status, body: answer } = await service.api.post('/v1/webhooks', body);
    expect([status, answer.error.message]).toEqual([400, expect.stringContaining(message)]);
  });
});
