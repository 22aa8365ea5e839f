import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { HeldReceiver } from '../support/held-receiver.js';
import { newSubscriber } from '../support/subscriber.js';

describe('Disabling a webhook', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp({ env: { DISPATCH_CONCURRENCY_PER_WEBHOOK: '1' } });
  });

  afterAll(async () => {
    await service.close();
  });

  it('keeps queued deliveries, and sends all of them when the webhook is active again', async () => {
    const held = await HeldReceiver.start();
    const { webhookId, api, publish } = await newSubscriber(service, held.url);
    for (const name of ['a', 'b', 'c']) await publish({ extractionId: `extract-${name}` });
    await held.receiver.received(1);
    const { body } = await api.patch(`/v1/webhooks/${webhookId}`, { active: false });
    expect(body.data).toMatchObject({ active: false, disabledReason: 'Disabled by its owner.' });

    // The attempt in flight ends. The slot that it frees is not used.
    held.releaseAll();
    await api.log(1);
    const other = await Receiver.start();
    const neighbour = await newSubscriber(service, other.url);
    await neighbour.publish();
    await neighbour.api.log(1);
    expect(held.receiver.requests).toHaveLength(1);

    await api.patch(`/v1/webhooks/${webhookId}`, { active: true });
    const requests = await held.receiver.received(3);
    expect(requests.map(({ body }) => JSON.parse(body).data.id)).toEqual(['extract-a', 'extract-b', 'extract-c']);
    expect(await api.log(3)).toHaveLength(3);
    await held.close();
    await other.close();
  });

  it('queues no new events; a recovery queues them later', async () => {
    const receiver = await Receiver.start();
    const { webhookId, api, publish } = await newSubscriber(service, receiver.url);
    const since = new Date().toISOString();
    await api.patch(`/v1/webhooks/${webhookId}`, { active: false });
    expect(await publish({ extractionId: 'extract-missed' })).toMatchObject({ deliveries: 0 });
    await api.patch(`/v1/webhooks/${webhookId}`, { active: true });
    await publish({ extractionId: 'extract-next' });
    await receiver.received(1);
    expect(receiver.requests[0]!.body).toContain('extract-next');

    const { status } = await api.post(`/v1/webhooks/${webhookId}/recover`, { since });
    expect(status).toBe(202);
    const [, recovered] = await receiver.received(2);
    expect(recovered!.body).toContain('extract-missed');
    await receiver.close();
  });
});
