import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient, eventually } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber, newUserId } from '../support/subscriber.js';
import { clientOf } from '../../support/user-client.js';

describe('GET /v1/events/{id}', () => {
  let service: TestApp;
  let receiver: Receiver;

  beforeAll(async () => {
    service = await startApp();
    // Answers with the status in the event.
    receiver = await Receiver.start(({ body }, response) => {
      response.writeHead(Number(JSON.parse(body).data.answer ?? 200)).end();
    });
  });

  afterAll(async () => {
    await service.close();
    await receiver.close();
  });

  it('shows the event and its delivery that succeeded', async () => {
    const { userId, webhookId, api, publish } = await newSubscriber(service, receiver.url);
    const occurredAt = '2025-01-20T14:30:03.512Z';
    const { id } = await publish({ extractionId: 'extract-shown', event: 'extraction.failed', occurredAt });
    expect(await inState(api, id, 'succeeded')).toEqual({
      id,
      event: 'extraction.failed',
      userId,
      extractionId: 'extract-shown',
      occurredAt,
      createdAt: expect.stringMatching(/Z$/),
      deliveries: [
        {
          id: expect.any(String),
          eventId: id,
          webhookId,
          state: 'succeeded',
          attempts: 1,
          nextAttemptAt: null,
          createdAt: expect.stringMatching(/Z$/),
        },
      ],
    });
    const [record] = await api.log(1);
    const { data } = (await api.get(`/v1/events/${id}`)).body;
    expect(data.deliveries[0].id).toBe(record!.deliveryId);
  });

  it('shows a delivery without further retries as exhausted', async () => {
    const { api, publish } = await newSubscriber(service, receiver.url);
    const { id } = await publish({ data: { answer: 500 } });
    const { deliveries } = await inState(api, id, 'exhausted');
    expect(deliveries).toMatchObject([{ attempts: 3, nextAttemptAt: null }]);
  });

  it('shows a delivery that waits as pending, with the time of its next attempt', async () => {
    const { webhookId, api, publish } = await newSubscriber(service, receiver.url);
    const { id } = await publish({ data: { answer: 410 } });
    await api.log(1);
    const { data } = (await api.get(`/v1/events/${id}`)).body;
    expect(data.deliveries).toEqual([
      expect.objectContaining({ webhookId, state: 'pending', attempts: 1, nextAttemptAt: expect.any(String) }),
    ]);
  });

  it('shows one delivery for each webhook', async () => {
    const { webhookId, api, publish } = await newSubscriber(service, receiver.url);
    const { webhook } = await api.createWebhook(receiver.url);
    const { id } = await publish();
    const { data } = (await api.get(`/v1/events/${id}`)).body;
    const webhookIds = data.deliveries.map((delivery: { webhookId: string }) => delivery.webhookId);
    expect(webhookIds.sort()).toEqual([webhookId, webhook.id].sort());
  });

  it('answers 403 to other users, unless they may publish', async () => {
    const { userId, publish } = await newSubscriber(service, receiver.url);
    const { id } = await publish();
    const owner = await clientOf(service, userId, ['webhooks']);
    expect((await owner.get(`/v1/events/${id}`)).status).toBe(200);

    const stranger = await clientOf(service, newUserId(), ['webhooks']);
    const { status, body } = await stranger.get(`/v1/events/${id}`);
    expect(status).toBe(403);
    expect(body.error.code).toBe('FORBIDDEN');

    const publisher = await clientOf(service, newUserId(), ['events:publish']);
    expect((await publisher.get(`/v1/events/${id}`)).body.data.id).toBe(id);
  });

  it.each([
    ['an unknown id', randomUUID()],
    ['a text that is no id', 'event-1'],
    ['a quote', "'"],
    ['NUL', '%00'],
  ])('answers 404 for %s', async (_case, id) => {
    const { status, body } = await service.api.get(`/v1/events/${id}`);
    expect(status).toBe(404);
    expect(body.error.code).toBe('NOT_FOUND');
  });
});

/** The event, after its delivery has reached this state. */
function inState(api: ApiClient, id: string, state: string) {
  return eventually(async () => {
    const { data } = (await api.get(`/v1/events/${id}`)).body;
    return data.deliveries[0].state === state ? data : undefined;
  }, `a delivery that is ${state}`);
}
