import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EventEmitter2, EventEmitterModule } from '@nestjs/event-emitter';
import { AttemptsSettledEvent } from '../../../src/dispatcher/attempts-settled.event.js';
import { LIFE_CYCLE_EVENTS, WebhookCreated } from '../../../src/webhooks/life-cycle.events.js';
import { startHost, type TestHost } from '../../support/host.js';
import { Receiver } from '../../support/receiver.js';

const WEBHOOK = { url: 'https://your-app.com/webhooks/docmap', events: ['extraction.completed'] };

describe('Listeners of a host that misbehave', () => {
  let host: TestHost;
  let receiver: Receiver;
  const added: (() => void)[] = [];

  beforeAll(async () => {
    receiver = await Receiver.start();
    host = await startHost({ after: [EventEmitterModule.forRoot()] });
  });

  afterEach(() => {
    for (const remove of added.splice(0)) remove();
  });

  afterAll(async () => {
    await host.close();
    await receiver.close();
  });

  /** Adds a listener as a library without knowledge of Nest does. */
  function listen(eventName: string, listener: (event: never) => unknown): void {
    const emitter = host.app.get(EventEmitter2);
    emitter.on(eventName, listener as () => void);
    added.push(() => emitter.off(eventName, listener as () => void));
  }

  it.each([
    [
      'throws',
      () => {
        throw new Error('listener');
      },
    ],
    ['rejects', () => Promise.reject(new Error('listener'))],
    ['never ends', () => new Promise(() => undefined)],
  ])('change nothing for the caller and the deliveries when one %s', async (_case, listener) => {
    for (const { eventName } of [...LIFE_CYCLE_EVENTS, AttemptsSettledEvent]) listen(eventName, listener);
    const { webhook } = await host.api.createWebhook(receiver.url);
    await host.api.publish();
    expect(await host.api.log(1, `&webhookId=${webhook.id}`)).toMatchObject([{ status: 'success' }]);
    for (const change of [{ active: false, description: 'x' }, { active: true }]) {
      const { status, body } = await host.api.patch(`/v1/webhooks/${webhook.id}`, change);
      expect([status, body.data]).toEqual([200, expect.objectContaining(change)]);
    }
    expect((await host.api.post(`/v1/webhooks/${webhook.id}/rotate-secret`)).status).toBe(200);
    expect((await host.api.delete(`/v1/webhooks/${webhook.id}`)).body).toEqual({ success: true });
  });

  it('change no answer when one changes its event', async () => {
    listen(WebhookCreated.eventName, ({ webhook }: WebhookCreated) => {
      Object.assign(webhook, { url: 'https://evil.example/', id: 'webhook-0' });
      webhook.events.push('extraction.failed');
      Object.assign(webhook.metadata, { team: 'evil' });
      webhook.createdAt.setTime(0);
    });
    const { body } = await host.api.post('/v1/webhooks', { ...WEBHOOK, metadata: { team: 'billing' } });
    const { webhook } = body.data;
    expect(webhook).toMatchObject({ ...WEBHOOK, metadata: { team: 'billing' } });
    expect((await host.api.get(`/v1/webhooks/${webhook.id}`)).body.data).toEqual(webhook);
  });
});
