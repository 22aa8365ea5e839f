import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { webhookUuidOf } from '../../../src/common/ids.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { AttemptsSettledEvent } from '../../../src/dispatcher/attempts-settled.event.js';
import {
  SecretRotated,
  WebhookCreated,
  WebhookDeleted,
  WebhookDisabled,
  WebhookEnabled,
  WebhookUpdated,
  type LifeCycleEvent,
} from '../../../src/webhooks/life-cycle.events.js';
import { WebhooksService } from '../../../src/webhooks/webhooks.service.js';
import { eventually } from '../../support/api-client.js';
import { startHost, type TestHost } from '../../support/host.js';
import { Receiver } from '../../support/receiver.js';

const DAY_MS = 86_400_000;
const WEBHOOK = { url: 'https://your-app.com/webhooks/docmap', events: ['extraction.completed' as const] };
const CALLER = {
  userId: 'uid_local',
  keyId: 'key-of-the-host',
  scopes: ['webhooks' as const],
  email: 'ada@example.com',
};
const BY_API = expect.objectContaining({ userId: 'uid_local', keyId: expect.any(String), scopes: expect.any(Array) });

/** Keeps the events of a host in their order. */
@Injectable()
class AuditLog {
  readonly events: LifeCycleEvent[] = [];
  readonly attempts: AttemptsSettledEvent['attempts'][number][] = [];

  @OnEvent(WebhookCreated.eventName)
  @OnEvent(WebhookUpdated.eventName)
  @OnEvent(WebhookDisabled.eventName)
  @OnEvent(WebhookEnabled.eventName)
  @OnEvent(SecretRotated.eventName)
  @OnEvent(WebhookDeleted.eventName)
  onChange(event: LifeCycleEvent): void {
    this.events.push(event);
  }

  @OnEvent(AttemptsSettledEvent.eventName)
  onSettled({ attempts }: AttemptsSettledEvent): void {
    this.attempts.push(...attempts);
  }

  /** The metadata of the attempts of a webhook. */
  metadataOf(webhookId: string): unknown[] {
    const uuid = webhookUuidOf(webhookId);
    return this.attempts
      .filter(({ delivery }) => delivery.webhookUuid === uuid)
      .map(({ delivery }) => delivery.metadata);
  }

  /** The events since the last call, by the names of their classes. */
  take(): [string, LifeCycleEvent][] {
    return this.events.splice(0).map((event) => [event.constructor.name, event]);
  }
}

/** An answer's JSON in the form of the event. */
const revived = (webhook: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(webhook).map(([name, value]) => [
      name,
      name.endsWith('At') && value !== null ? new Date(value as string) : value,
    ]),
  );

describe('The life cycle of webhooks in a host', () => {
  let host: TestHost;
  let log: AuditLog;
  let receiver: Receiver;
  let status = 200;

  beforeAll(async () => {
    receiver = await Receiver.start((_request, response) => response.writeHead(status).end());
    host = await startHost({ after: [EventEmitterModule.forRoot()], providers: [AuditLog] });
    log = host.app.get(AuditLog);
  });

  beforeEach(() => {
    status = 200;
    log.take();
  });

  afterEach(async () => {
    for (const { id } of (await host.api.get('/v1/webhooks?active=all')).body.data) {
      await host.api.delete(`/v1/webhooks/${id}`);
    }
  });

  afterAll(async () => {
    await host.close();
    await receiver.close();
  });

  async function create(more: object = {}) {
    const { body } = await host.api.post('/v1/webhooks', { ...WEBHOOK, ...more });
    return body.data as { secret: string; webhook: Record<string, unknown> & { id: string } };
  }

  const patch = async (id: string, change: object) => {
    const { status: code, body } = await host.api.patch(`/v1/webhooks/${id}`, change);
    expect(code).toBe(200);
    return revived(body.data as Record<string, unknown>);
  };

  it('emits one event for each change, in the form of the answers, with the caller and the state before', async () => {
    const { webhook } = await create({ metadata: { team: 'billing' } });
    const created = revived(webhook);
    expect(log.take()).toEqual([['WebhookCreated', { webhook: created, actor: BY_API }]]);

    const changed = await patch(webhook.id, { description: 'x', metadata: { team: 'sales' } });
    expect(log.take()).toEqual([['WebhookUpdated', { webhook: changed, actor: BY_API, before: created }]]);

    const disabled = await patch(webhook.id, { active: false });
    const reason = 'Disabled by its owner.';
    expect(disabled).toMatchObject({ active: false, disabledReason: reason });
    expect(log.take()).toEqual([['WebhookDisabled', { webhook: disabled, actor: BY_API, before: changed, reason }]]);

    const enabled = await patch(webhook.id, { active: true });
    expect(log.take()).toEqual([['WebhookEnabled', { webhook: enabled, actor: BY_API, before: disabled }]]);

    const rotated = await host.api.post(`/v1/webhooks/${webhook.id}/rotate-secret`);
    const after = revived(rotated.body.data.webhook as Record<string, unknown>);
    expect(log.take()).toEqual([['SecretRotated', { webhook: after, actor: BY_API, before: enabled }]]);

    await host.api.delete(`/v1/webhooks/${webhook.id}`);
    expect(log.take()).toEqual([['WebhookDeleted', { webhook: after, actor: BY_API }]]);
  });

  it('emits no secret', async () => {
    const { secret, webhook } = await create();
    const rotated = await host.api.post(`/v1/webhooks/${webhook.id}/rotate-secret`);
    const told = JSON.stringify(log.take());
    expect(told).toContain(webhook.id);
    for (const one of [secret, rotated.body.data.secret]) expect(told).not.toContain(one);
    expect(told).not.toMatch(/"(previousS|s)ecret"/);
  });

  it('emits two events for a change with a pause, and none for a change without effect', async () => {
    const { webhook } = await create();
    log.take();
    await patch(webhook.id, { active: false, url: 'https://your-app.com/other' });
    expect(log.take().map(([name]) => name)).toEqual(['WebhookUpdated', 'WebhookDisabled']);
    await patch(webhook.id, { active: true, metadata: { team: 'x' } });
    expect(log.take().map(([name]) => name)).toEqual(['WebhookUpdated', 'WebhookEnabled']);
    for (const change of [{}, { active: true }, { metadata: { team: 'x' } }, { events: WEBHOOK.events }]) {
      await patch(webhook.id, change);
    }
    expect(log.take()).toEqual([]);
  });

  it('emits no event for a refused request', async () => {
    const { webhook } = await create();
    log.take();
    await host.api.post('/v1/webhooks', { ...WEBHOOK, url: 'http://10.0.0.1/' });
    await host.api.patch(`/v1/webhooks/${webhook.id}`, { url: 'nonsense' });
    await host.api.delete(`/v1/webhooks/${webhook.id.slice(0, -4)}0000`);
    await host.api.post(`/v1/webhooks/${webhook.id}/rotate-secret`, { overlapSeconds: -1 });
    expect(log.take()).toEqual([]);
  });

  it('emits one event when many requests ask for the same change at once', async () => {
    const { webhook } = await create();
    log.take();
    await Promise.all(Array.from({ length: 8 }, () => patch(webhook.id, { active: false })));
    expect(log.take().map(([name]) => name)).toEqual(['WebhookDisabled']);
    await Promise.all(Array.from({ length: 8 }, () => host.api.delete(`/v1/webhooks/${webhook.id}`)));
    expect(log.take().map(([name]) => name)).toEqual(['WebhookDeleted']);
  });

  it("emits events for calls of the service by the host, with the host's caller", async () => {
    const webhooks = host.app.get(WebhooksService);
    const { webhook } = await webhooks.create(CALLER, { ...WEBHOOK, metadata: { team: 'billing' } });
    const disabled = await webhooks.update(CALLER, webhook.id, { active: false, description: 'x' });
    await webhooks.update(CALLER, webhook.id, { active: true });
    await webhooks.rotateSecret(CALLER, webhook.id, {});
    await webhooks.delete(CALLER, webhook.id);
    const told = log.take();
    expect(told.map(([name]) => name)).toEqual([
      'WebhookCreated',
      'WebhookUpdated',
      'WebhookDisabled',
      'WebhookEnabled',
      'SecretRotated',
      'WebhookDeleted',
    ]);
    for (const [, { actor }] of told) expect(actor).toBe(CALLER);
    expect(told[0]?.[1].webhook).toEqual(webhook);
    expect(told[2]?.[1].webhook).toEqual(disabled);
  });

  it.each([
    ['answered 410', 410, 'The endpoint answered 410 Gone.', async (_id: string) => undefined],
    [
      'failed for five days',
      500,
      'The endpoint failed for 5 days without one success.',
      async (id: string) => {
        await host.app.get(PrismaService).webhook.update({
          where: { id },
          data: { failingSince: new Date(Date.now() - 6 * DAY_MS) },
        });
      },
    ],
  ])('emits one event of the system when an endpoint %s', async (_case, code, reason, prepare) => {
    status = code;
    const { webhook } = await create({ url: receiver.url, metadata: { team: 'billing' } });
    await prepare(webhookUuidOf(webhook.id) ?? '');
    const before = revived((await host.api.get(`/v1/webhooks/${webhook.id}`)).body.data as Record<string, unknown>);
    log.take();
    await host.api.publish();
    await eventually(async () => (log.events.length > 0 ? true : undefined), 'the webhook to be disabled');
    const after = revived((await host.api.get(`/v1/webhooks/${webhook.id}`)).body.data as Record<string, unknown>);
    expect(after).toMatchObject({ active: false, disabledReason: reason, metadata: { team: 'billing' } });
    expect(log.take()).toEqual([['WebhookDisabled', { webhook: after, actor: 'system', before, reason }]]);
    // Attempts that end later do not disable it again.
    await patch(webhook.id, { active: true });
    status = 200;
    await host.api.log(2, `&webhookId=${webhook.id}`);
    expect(log.take().map(([name]) => name)).toEqual(['WebhookEnabled']);
  });

  it('emits the metadata of a sent event to the host, and none of it to receivers', async () => {
    const { webhook } = await create({ url: receiver.url, metadata: { team: 'billing-7c1e' } });
    const other = await create({ url: receiver.url });
    await host.api.publish();
    await host.api.log(2);
    // A resent delivery is claimed from the table, unlike a new event.
    const [record] = await host.api.log(1, `&webhookId=${webhook.id}`);
    await host.api.post(`/v1/webhooks/deliveries/${String(record?.id)}/resend`);
    await host.api.log(2, `&webhookId=${webhook.id}`);
    expect(log.metadataOf(webhook.id)).toEqual([{ team: 'billing-7c1e' }, { team: 'billing-7c1e' }]);
    expect(log.metadataOf(other.webhook.id)).toEqual([{}]);
    for (const request of receiver.requests) expect(JSON.stringify(request)).not.toContain('billing-7c1e');
  });
});
