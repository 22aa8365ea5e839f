import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber } from '../support/subscriber.js';

describe('A webhook whose signing secret can not be read', () => {
  let service: TestApp;
  let receiver: Receiver;

  beforeAll(async () => {
    service = await startApp({ env: { RETRY_SCHEDULE: '0s', DISPATCH_CONCURRENCY: '1' } });
    receiver = await Receiver.start();
  });

  afterAll(async () => {
    await service.close();
    await receiver.close();
  });

  it.each([
    ['random bytes', () => new Uint8Array(80).fill(7)],
    ['nothing', () => new Uint8Array()],
    ['the secret of another webhook', async () => (await webhookOf(await newSubscriber(service, receiver.url))).secret],
  ])('gets one failed record and nothing is sent; the queue moves on: %s', async (_case, secretOf) => {
    const poisoned = await newSubscriber(service, receiver.url);
    const { secret } = await webhookOf(poisoned);
    await update(poisoned.webhookUuid, new Uint8Array(await secretOf()));
    const { id } = await poisoned.publish();

    const healthy = await newSubscriber(service, receiver.url);
    await healthy.publish();
    expect(await healthy.api.log(1)).toMatchObject([{ status: 'success' }]);
    const [record] = await poisoned.api.log(1);
    expect(record).toMatchObject({
      status: 'failed',
      httpStatus: null,
      error: 'the signing secret could not be read',
      durationMs: 0,
    });
    const detail = await poisoned.api.get(`/v1/webhooks/deliveries/${String(record!.id)}`);
    expect(detail.body.data).toMatchObject({ request: { headers: {} }, response: null });
    expect((await poisoned.api.get(`/v1/events/${id}`)).body.data.deliveries).toMatchObject([{ state: 'exhausted' }]);
    expect(receiver.requests.some(({ headers }) => headers['webhook-id'] === record!.deliveryId)).toBe(false);

    // With a readable secret, deliveries continue.
    await update(poisoned.webhookUuid, new Uint8Array(secret));
    await poisoned.publish();
    expect(await poisoned.api.log(2)).toMatchObject([{ status: 'success' }, { status: 'failed' }]);
  });

  it('signs with the new secret alone after a rotation away from it', async () => {
    const poisoned = await newSubscriber(service, receiver.url);
    await update(poisoned.webhookUuid, new Uint8Array(80).fill(7));
    const { body } = await poisoned.api.post(`/v1/webhooks/${poisoned.webhookId}/rotate-secret`, {});
    await poisoned.publish();
    const [record] = await poisoned.api.log(1);
    expect(record).toMatchObject({ status: 'success' });
    const request = receiver.requests.find(({ headers }) => headers['webhook-id'] === record!.deliveryId);
    const headers = request!.headers as Record<string, string>;
    expect(() => new Webhook(body.data.secret).verify(request!.body, headers)).not.toThrow();
    expect(headers['webhook-signature']).toMatch(/^v1,\S+$/);
  });

  function webhookOf({ webhookUuid: id }: { webhookUuid: string }) {
    return service.app.get(PrismaService).webhook.findUniqueOrThrow({ where: { id } });
  }

  function update(id: string, secret: Uint8Array<ArrayBuffer>) {
    return service.app.get(PrismaService).webhook.update({ where: { id }, data: { secret } });
  }
});
