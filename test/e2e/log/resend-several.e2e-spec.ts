import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber } from '../support/subscriber.js';

const PATH = '/v1/webhooks/deliveries/resend';

describe('POST /v1/webhooks/deliveries/resend', () => {
  let service: TestApp;
  const receivers: Receiver[] = [];

  beforeAll(async () => {
    service = await startApp({ env: { RETRY_SCHEDULE: '0s,1h' } });
  });

  afterEach(async () => {
    for (const receiver of receivers.splice(0)) await receiver.close();
  });

  afterAll(() => service.close());

  /** A subscriber with this many records in the log, and their ids. */
  async function withRecords(count: number) {
    const receiver = await Receiver.start((_request, response) => response.end());
    receivers.push(receiver);
    const subscriber = await newSubscriber(service, receiver.url);
    for (let number = 0; number < count; number += 1) await subscriber.publish();
    const records = await subscriber.api.log(count);
    return { ...subscriber, receiver, records, ids: records.map(({ id }) => String(id)) };
  }

  it('sends each event once more, and answers with the deliveries in the order of the ids', async () => {
    const { api, ids, records, receiver } = await withRecords(3);
    const { status, body } = await api.post(PATH, { ids });
    expect(status).toBe(202);
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual(records.map(({ deliveryId }) => deliveryId));
    await receiver.received(6);
    const log = await api.log(6);
    expect(log.slice(0, 3)).toMatchObject(ids.map(() => ({ trigger: 'resend', attempt: 2, status: 'success' })));
    expect(new Set(log.slice(0, 3).map(({ deliveryId }) => deliveryId))).toEqual(
      new Set(records.map(({ deliveryId }) => deliveryId)),
    );
  });

  it('queues a delivery once when two records are of it', async () => {
    const { api, ids, receiver } = await withRecords(1);
    await api.post(PATH, { ids });
    const records = await api.log(2);
    const { status, body } = await api.post(PATH, { ids: records.map(({ id }) => String(id).toUpperCase()) });
    expect([status, body.data.length]).toEqual([202, 2]);
    expect(body.data[0]).toEqual(body.data[1]);
    await receiver.received(3);
    expect(await api.log(3)).toHaveLength(3);
  });

  it.each<[string, number, string]>([
    ['unknown', 404, 'is no id of a delivery record'],
    ['no id at all', 404, 'is no id of a delivery record'],
    ['foreign', 403, 'is a delivery record of another user'],
    ['of a deleted webhook', 404, 'is a record of a deleted webhook'],
    ['of an inactive webhook', 400, 'is a record of a webhook that is not active: activate it first'],
    ['of a removed delivery', 404, 'is a record of a delivery that is older than the retention'],
  ])('names an id that is %s, and queues nothing', async (what, expected, text) => {
    const { api, ids, receiver, publish, records } = await withRecords(2);
    const prisma = service.app.get(PrismaService);
    let wrong = what === 'no id at all' ? 'dm_live_x' : randomUUID();
    if (what === 'foreign') wrong = String((await withRecords(1)).ids[0]);
    if (what.includes('webhook')) {
      const { webhook } = await api.createWebhook(`${receiver.url}/second`);
      await publish();
      const second = (await api.log(4)).find(({ webhookId }) => webhookId === webhook.id);
      wrong = String(second?.id);
      if (what === 'of a deleted webhook') await api.delete(`/v1/webhooks/${webhook.id}`);
      else await api.patch(`/v1/webhooks/${webhook.id}`, { active: false });
    }
    if (what === 'of a removed delivery') {
      wrong = String(ids.pop());
      await prisma.delivery.deleteMany({ where: { id: String(records[1]?.deliveryId) } });
    }
    const before = await prisma.delivery.findMany({ orderBy: { id: 'asc' } });
    const { status, body } = await api.post(PATH, { ids: [...ids, wrong] });
    expect([status, body.error.message]).toEqual([
      expected,
      expect.stringMatching(`^ids\\[${ids.length}\\]: "${wrong}" ${text}\\. Nothing was queued\\.`),
    ]);
    expect(await prisma.delivery.findMany({ orderBy: { id: 'asc' } })).toEqual(before);
  });

  const id = randomUUID();

  it.each<[string, object, string]>([
    ['no ids', {}, 'ids is missing; use an array of 1 to 100 ids'],
    ['an empty list', { ids: [] }, 'ids must be an array of 1 to 100 ids of delivery records, not 0'],
    ['101 ids', { ids: Array.from({ length: 101 }, () => randomUUID()) }, 'not 101'],
    ['a text', { ids: id }, 'ids must be an array of 1 to 100 ids'],
    ['a repeated id', { ids: [id, randomUUID(), id.toUpperCase()] }, 'ids[2]:'],
    ['a number', { ids: [id, 5] }, 'ids[1]: 5 is not a text'],
    ['an unknown field', { ids: [id], all: true }, 'all should not exist'],
  ])('is refused with %s', async (_what, body, message) => {
    const answer = await service.api.post(PATH, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({ code: 'VALIDATION_ERROR', message: expect.stringContaining(message) });
  });
});
