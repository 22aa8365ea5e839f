import { randomUUID } from 'node:crypto';
import type { ApiClient } from '../../support/api-client.js';
import type { TestApp } from '../../support/app.js';
import { newSubscriber } from './subscriber.js';

/** A user and one resource of each kind. */
export interface Possessions {
  userId: string;
  api: ApiClient;
  url: string;
  webhookId: string;
  disabledWebhookId: string;
  secret: string;
  extractionId: string;
  eventId: string;
  deliveryId: string;
  recordIds: string[];
  /** The cursor of the first page of the log. */
  cursor: string;
  recoveryId: string;
  key: string;
  keyId: string;
  /** Headers with idempotency keys that this user has published with. */
  idempotency: Record<string, string>;
  batchIdempotency: Record<string, string>;
  /** Texts that occur only in this user's resources. */
  marks: string[];
}

/** @param receiverUrl the URL of the user's webhooks, to which a path of the user's own is appended */
export async function newPossessions(service: TestApp, receiverUrl: string): Promise<Possessions> {
  const mark = randomUUID();
  const url = new URL(`/hook-${mark}`, receiverUrl).href;
  const { userId, api, webhookId, secret } = await newSubscriber(service, url);
  await api.patch(`/v1/webhooks/${webhookId}`, { description: `note-${mark}` });
  const disabled = await api.createWebhook(`${url}/disabled`);
  const disabledWebhookId = disabled.webhook.id;
  await api.patch(`/v1/webhooks/${disabledWebhookId}`, { active: false });

  const extractionId = `extract-${mark}`;
  const idempotency = { 'idempotency-key': `key-${mark}` };
  const batchIdempotency = { 'idempotency-key': `batch-${mark}` };
  const event = { event: 'extraction.completed', userId, extractionId, data: { text: `text-${mark}` } };
  const { id: eventId } = await api.publish(event, idempotency);
  await api.post('/v1/events/batch', { events: [event] }, batchIdempotency);
  const records = await api.log(2);
  const { body: page } = await api.get('/v1/webhooks/deliveries?limit=1');
  const { body: shown } = await api.get(`/v1/events/${eventId}`);
  const since = new Date(Date.now() - 60_000).toISOString();
  const { body: recovery } = await api.post(`/v1/webhooks/${webhookId}/recover`, { since });
  const { body: made } = await api.post('/v1/api-keys', { name: `key of ${mark}`, expiresIn: '30d' });

  return {
    userId,
    api,
    url,
    webhookId,
    disabledWebhookId,
    secret,
    extractionId,
    eventId,
    deliveryId: shown.data.deliveries[0].id,
    recordIds: records.map(({ id }) => String(id)),
    cursor: page.nextCursor,
    recoveryId: recovery.data.id,
    key: made.data.key,
    keyId: made.data.apiKey.id,
    idempotency,
    batchIdempotency,
    marks: [
      mark,
      userId,
      webhookId,
      disabledWebhookId,
      secret,
      eventId,
      shown.data.deliveries[0].id,
      recovery.data.id,
      made.data.key,
      made.data.apiKey.id,
      ...records.map(({ id }) => String(id)),
    ],
  };
}

/** All resources that a user can read, without the last use of a key, because reading uses one. */
export async function viewOf({ api, webhookId, eventId, recoveryId, recordIds }: Possessions): Promise<unknown[]> {
  const answers = await Promise.all(
    [
      '/v1/webhooks?active=all',
      `/v1/webhooks/${webhookId}/stats`,
      '/v1/webhooks/stats',
      `/v1/webhooks/${webhookId}/backlog`,
      `/v1/webhooks/${webhookId}/recoveries/${recoveryId}`,
      '/v1/webhooks/deliveries?limit=100',
      ...recordIds.map((id) => `/v1/webhooks/deliveries/${id}`),
      `/v1/events/${eventId}`,
      '/v1/api-keys',
    ].map((path) => api.get(path)),
  );
  return answers.map(({ status, body }) => [
    status,
    JSON.stringify(body, (name, value: unknown) => (name === 'lastUsedAt' || name === 'since' ? undefined : value)),
  ]);
}
