import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber, newUserId } from '../support/subscriber.js';

describe('POST /v1/webhooks/{id}/test', () => {
  let service: TestApp;
  let receiver: Receiver;

  beforeAll(async () => {
    service = await startApp();
    receiver = await Receiver.start();
  });

  afterAll(async () => {
    await service.close();
    await receiver.close();
  });

  it('sends one signed webhook.test to this webhook, whatever it subscribes to, and to no other', async () => {
    const { api, webhookId, secret } = await newSubscriber(service, receiver.url, ['extraction.failed']);
    const other = await Receiver.start();
    await api.createWebhook(other.url);
    const { status, body } = await api.post(`/v1/webhooks/${webhookId}/test`);
    expect(status).toBe(202);
    expect(body.data).toMatchObject({ id: expect.any(String), webhookId, eventId: expect.any(String) });

    const [record] = await api.log(1);
    expect(record).toMatchObject({
      deliveryId: body.data.id,
      webhookId,
      event: 'webhook.test',
      trigger: 'test',
      attempt: 1,
      status: 'success',
    });
    const sent = receiver.requests.find(({ headers }) => headers['webhook-id'] === body.data.id);
    expect(sent!.headers['x-docmap-event']).toBe('webhook.test');
    const payload = new Webhook(secret).verify(sent!.body, sent!.headers as Record<string, string>);
    expect(payload).toEqual({
      type: 'webhook.test',
      timestamp: expect.any(String),
      data: expect.objectContaining({ id: record!.extractionId }),
    });
    expect(other.requests).toEqual([]);
    expect(await api.log(1, '&event=webhook.test')).toHaveLength(1);
    await other.close();
  });

  it('sends another event each time', async () => {
    const { api, webhookId } = await newSubscriber(service, receiver.url);
    const first = await api.post(`/v1/webhooks/${webhookId}/test`);
    const second = await api.post(`/v1/webhooks/${webhookId}/test`);
    expect(second.body.data.id).not.toBe(first.body.data.id);
    expect(await api.log(2)).toHaveLength(2);
  });

  it('is refused while the webhook is not active', async () => {
    const { api, webhookId } = await newSubscriber(service, receiver.url);
    await api.patch(`/v1/webhooks/${webhookId}`, { active: false });
    const { status, body } = await api.post(`/v1/webhooks/${webhookId}/test`);
    expect(status).toBe(400);
    expect(body.error.code).toBe('VALIDATION_ERROR');
  });

  it.each(['test', 'recover', 'stats'])(
    'is refused for a webhook of another user and for an unknown id: %s',
    async (route) => {
      const { webhookId } = await newSubscriber(service, receiver.url);
      const stranger = await service.as(newUserId());
      const ask = (id: string) =>
        route === 'stats'
          ? stranger.get(`/v1/webhooks/${id}/stats`)
          : stranger.post(`/v1/webhooks/${id}/${route}`, { since: '2025-01-01T00:00:00Z' });
      expect(await ask(webhookId)).toMatchObject({ status: 403, body: { error: { code: 'FORBIDDEN' } } });
      const unknown = `webhook-${'0'.repeat(32)}`;
      expect(await ask(unknown)).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } });
    },
  );
});
