import { expect } from '@jest/globals';
import { eventually } from '../../support/api-client.js';
import type { Receiver } from '../../support/receiver.js';
import type { ServerProcess } from '../../support/server-process.js';

/** The most difference between the clocks of the machine and the database, and by rounding. */
const TOLERANCE_MS = 60_000;

/**
 * Uses all functions that need the database. A webhook is created, and an event is published, repeated and sent. The log
 * shows the attempt at its time. Statistics, an API key and the rotation of a secret work.
 */
export async function expectWholeFlow({ api }: ServerProcess, receiver: Receiver): Promise<void> {
  const before = receiver.requests.length;
  const { webhook } = await api.createWebhook(receiver.url);
  const event = { event: 'extraction.completed', userId: webhook.userId, extractionId: 'extract-1', data: { a: 1.5 } };
  const headers = { 'idempotency-key': webhook.id };
  const first = await api.post('/v1/events', event, headers);
  expect(first.status).toBe(202);
  expect(isNow(first.body.data.createdAt)).toBe(true);
  const repeated = await api.post('/v1/events', event, headers);
  expect(repeated).toMatchObject({ status: 202, body: first.body });
  await receiver.received(before + 1);
  const record = await eventually(async () => {
    const { body } = await api.get(`/v1/webhooks/deliveries?webhookId=${webhook.id}`);
    return body.data[0];
  }, 'the record of the attempt');
  expect(record).toMatchObject({ status: 'success', httpStatus: 200, attempt: 1, trigger: 'event' });
  expect(isNow(record.createdAt)).toBe(true);
  const stats = await api.get(`/v1/webhooks/${webhook.id}/stats`);
  expect(stats).toMatchObject({ status: 200, body: { data: { attempts: 1 } } });
  expect((await api.post(`/v1/webhooks/${webhook.id}/rotate-secret`, {})).status).toBe(200);
  const key = await api.post('/v1/api-keys', { name: 'one', expiresIn: '30d' });
  expect(key.status).toBe(201);
  const lifetime = Date.parse(key.body.data.apiKey.expiresAt) - Date.now();
  expect(Math.abs(lifetime - 30 * 86_400_000)).toBeLessThan(TOLERANCE_MS);
  expect((await api.delete(`/v1/api-keys/${key.body.data.apiKey.id}`)).status).toBe(200);
  expect((await api.delete(`/v1/webhooks/${webhook.id}`)).status).toBe(200);
}

function isNow(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) && Math.abs(Date.parse(text) - Date.now()) < TOLERANCE_MS;
}
