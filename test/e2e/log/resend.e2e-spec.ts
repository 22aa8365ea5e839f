import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber } from '../support/subscriber.js';

describe('POST /v1/webhooks/deliveries/{id}/resend', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp({ env: { RETRY_SCHEDULE: '0s,20ms' } });
  });

  afterAll(async () => {
    await service.close();
  });

  /** A subscriber whose receiver answers with these codes in order, and then with 200. */
  async function answering(...codes: number[]) {
    const receiver = await Receiver.start((_request, response, number) => {
      response.writeHead(codes[number - 1] ?? 200).end();
    });
    const subscriber = await newSubscriber(service, receiver.url);
    const resend = (record: Record<string, unknown>) =>
      subscriber.api.post(`/v1/webhooks/deliveries/${String(record.id)}/resend`);
    return { ...subscriber, receiver, resend };
  }

  it('sends the same event once more, under the same webhook-id and with the same body', async () => {
    const { receiver, publish, api, resend, webhookId } = await answering();
    const { id: eventId } = await publish({ data: { pages: 3 } });
    const [record] = await api.log(1);
    const { status, body } = await resend(record!);
    expect(status).toBe(202);
    expect(body.data).toEqual({
      id: record!.deliveryId,
      eventId,
      webhookId,
      state: expect.stringMatching(/^(pending|succeeded)$/),
      attempts: expect.any(Number),
      nextAttemptAt: body.data.state === 'pending' ? expect.any(String) : null,
      createdAt: expect.any(String),
    });
    const [first, second] = await receiver.received(2);
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    expect(second!.headers['x-docmap-attempt']).toBe('2');
    expect(second!.body).toBe(first!.body);
    expect(await api.log(2)).toMatchObject([
      { trigger: 'resend', attempt: 2, status: 'success', deliveryId: record!.deliveryId },
      { trigger: 'event', attempt: 1, status: 'success', deliveryId: record!.deliveryId },
    ]);
    await receiver.close();
  });

  it('is kept when an attempt in flight succeeds', async () => {
    let held: ServerResponse | undefined;
    const receiver = await Receiver.start((_request, response, number) => {
      if (number === 1) response.writeHead(500).end();
      else if (number === 2) held = response;
      else response.end();
    });
    const { publish, api } = await newSubscriber(service, receiver.url);
    await publish();
    const [record] = await api.log(1);
    await receiver.received(2);
    expect((await api.post(`/v1/webhooks/deliveries/${String(record!.id)}/resend`)).status).toBe(202);
    held!.end();
    await receiver.received(3);
    expect(await api.log(3)).toMatchObject([
      { attempt: 3, trigger: 'resend', status: 'success' },
      { attempt: 2, trigger: 'retry', status: 'success' },
      { attempt: 1, trigger: 'event', status: 'failed' },
    ]);
    await receiver.close();
  });

  it('restarts the whole schedule of an exhausted delivery', async () => {
    const { receiver, publish, api, resend } = await answering(500, 500, 500, 200);
    const { id } = await publish();
    const [, first] = await api.log(2);
    expect((await resend(first!)).status).toBe(202);
    expect(await api.log(4)).toMatchObject([
      { attempt: 4, trigger: 'retry', status: 'success' },
      { attempt: 3, trigger: 'resend', status: 'failed', nextAttemptAt: expect.any(String) },
      { attempt: 2, trigger: 'retry', status: 'failed', nextAttemptAt: null },
      { attempt: 1, trigger: 'event', status: 'failed' },
    ]);
    expect((await api.get(`/v1/events/${id}`)).body.data.deliveries).toMatchObject([
      { state: 'succeeded', attempts: 4 },
    ]);
    await receiver.close();
  });

  it('sends to the current URL of the webhook', async () => {
    const { receiver, publish, api, resend, webhookId } = await answering();
    await publish();
    const [record] = await api.log(1);
    const moved = await Receiver.start();
    await api.patch(`/v1/webhooks/${webhookId}`, { url: moved.url });
    await resend(record!);
    const [request] = await moved.received(1);
    expect(request!.headers['webhook-id']).toBe(record!.deliveryId);
    expect(receiver.requests).toHaveLength(1);
    await receiver.close();
    await moved.close();
  });

  it('sends to its own webhook only', async () => {
    const { receiver, publish, api, resend, webhookId } = await answering();
    const other = await Receiver.start();
    await api.createWebhook(other.url);
    await publish();
    await api.log(2);
    const [record] = await api.log(1, `&webhookId=${webhookId}`);
    await resend(record!);
    await receiver.received(2);
    await api.log(3);
    expect(other.requests).toHaveLength(1);
    await receiver.close();
    await other.close();
  });

  it('is refused while the webhook is not active', async () => {
    const { receiver, publish, api, resend, webhookId } = await answering();
    await publish();
    const [record] = await api.log(1);
    await api.patch(`/v1/webhooks/${webhookId}`, { active: false });
    const { status, body } = await resend(record!);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'VALIDATION_ERROR', message: expect.stringContaining('active') });
    await receiver.close();
  });
});
