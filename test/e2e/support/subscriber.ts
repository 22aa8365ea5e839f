import { randomUUID } from 'node:crypto';
import { webhookUuidOf } from '../../../src/common/ids.js';
import type { ApiClient } from '../../support/api-client.js';
import type { TestApp } from '../../support/app.js';

/** A user id of this test only. */
export function newUserId(): string {
  return `uid_${randomUUID()}`;
}

/** A user of their own with one webhook. */
export interface Subscriber {
  userId: string;
  /** Calls the API as this user, whose key may publish too. */
  api: ApiClient;
  webhookId: string;
  /** The webhook's id in the database. */
  webhookUuid: string;
  /** The webhook's signing secret. */
  secret: string;
  /** Publishes an event for this user; omitted fields are generated. */
  publish: (event?: Record<string, unknown>) => Promise<{ id: string; deliveries: number }>;
}

/** Registers a webhook of a new user, for both events by default. */
export async function newSubscriber(service: Pick<TestApp, 'as'>, url: string, events?: string[]): Promise<Subscriber> {
  const userId = newUserId();
  const api = await service.as(userId);
  const { secret, webhook } = await api.createWebhook(url, events);
  const webhookUuid = webhookUuidOf(webhook.id) ?? '';
  return {
    userId,
    api,
    secret,
    webhookId: webhook.id,
    webhookUuid,
    publish: (event) => api.publish({ userId, ...event }),
  };
}
