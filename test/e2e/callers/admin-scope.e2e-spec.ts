import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { routesOf } from '../../support/routes.js';
import { clientOf } from '../../support/user-client.js';
import { newPossessions, type Possessions } from '../support/possessions.js';

interface Request {
  path: string;
  body?: unknown;
  status: number;
}

const EVENT = 'extraction.completed';
const LONG_AGO = '2020-01-01T00:00:00.000Z';

/** A request for another user on each route that has a resource of a user. */
const REQUESTS: Record<string, (owner: Possessions) => Request> = {
  'GET /v1/webhooks': ({ userId }) => ({ path: `/v1/webhooks?userId=${userId}&active=all`, status: 200 }),
  'GET /v1/webhooks/{id}': ({ webhookId }) => ({ path: `/v1/webhooks/${webhookId}`, status: 200 }),
  'PATCH /v1/webhooks/{id}': ({ webhookId }) => ({
    path: `/v1/webhooks/${webhookId}`,
    body: { description: 'Seen by an operator' },
    status: 200,
  }),
  'POST /v1/webhooks/{id}/rotate-secret': ({ webhookId }) => ({
    path: `/v1/webhooks/${webhookId}/rotate-secret`,
    body: {},
    status: 200,
  }),
  'POST /v1/webhooks/{id}/test': ({ webhookId }) => ({ path: `/v1/webhooks/${webhookId}/test`, status: 202 }),
  'POST /v1/webhooks/{id}/recover': ({ webhookId }) => ({
    path: `/v1/webhooks/${webhookId}/recover`,
    body: { since: LONG_AGO },
    status: 202,
  }),
  'GET /v1/webhooks/{id}/recoveries/{recoveryId}': ({ webhookId, recoveryId }) => ({
    path: `/v1/webhooks/${webhookId}/recoveries/${recoveryId}`,
    status: 200,
  }),
  'GET /v1/webhooks/{id}/recoveries': ({ webhookId }) => ({
    path: `/v1/webhooks/${webhookId}/recoveries`,
    status: 200,
  }),
  'DELETE /v1/webhooks/{id}/recoveries/{recoveryId}': ({ webhookId, recoveryId }) => ({
    path: `/v1/webhooks/${webhookId}/recoveries/${recoveryId}`,
    status: 200,
  }),
  'GET /v1/webhooks/{id}/stats': ({ webhookId }) => ({ path: `/v1/webhooks/${webhookId}/stats`, status: 200 }),
  'GET /v1/webhooks/{id}/backlog': ({ webhookId }) => ({ path: `/v1/webhooks/${webhookId}/backlog`, status: 200 }),
  'POST /v1/webhooks/{id}/backlog/send-now': ({ webhookId }) => ({
    path: `/v1/webhooks/${webhookId}/backlog/send-now`,
    status: 202,
  }),
  'POST /v1/webhooks/{id}/backlog/cancel': ({ webhookId }) => ({
    path: `/v1/webhooks/${webhookId}/backlog/cancel`,
    body: { before: LONG_AGO },
    status: 200,
  }),
  'GET /v1/webhooks/stats': ({ userId }) => ({ path: `/v1/webhooks/stats?userId=${userId}`, status: 200 }),
  'POST /v1/webhooks/deliveries/resend': ({ recordIds }) => ({
    path: '/v1/webhooks/deliveries/resend',
    body: { ids: recordIds },
    status: 202,
  }),
  'GET /v1/webhooks/deliveries': ({ userId, webhookId }) => ({
    path: `/v1/webhooks/deliveries?userId=${userId}&webhookId=${webhookId}`,
    status: 200,
  }),
  'GET /v1/webhooks/deliveries/{id}': ({ recordIds }) => ({
    path: `/v1/webhooks/deliveries/${recordIds[0]}`,
    status: 200,
  }),
  'POST /v1/webhooks/deliveries/{id}/resend': ({ recordIds }) => ({
    path: `/v1/webhooks/deliveries/${recordIds[0]}/resend`,
    status: 202,
  }),
  'GET /v1/events/{id}': ({ eventId }) => ({ path: `/v1/events/${eventId}`, status: 200 }),
  'GET /v1/api-keys': ({ userId }) => ({ path: `/v1/api-keys?userId=${userId}`, status: 200 }),
  'POST /v1/api-keys': ({ userId }) => ({
    path: '/v1/api-keys',
    body: { name: 'Made by an operator', expiresIn: '30d', userId },
    status: 201,
  }),
  'DELETE /v1/api-keys/{id}': ({ keyId }) => ({ path: `/v1/api-keys/${keyId}`, status: 200 }),
  'DELETE /v1/webhooks/{id}': ({ disabledWebhookId }) => ({ path: `/v1/webhooks/${disabledWebhookId}`, status: 200 }),
};

/** Routes whose lists name no user, or may be empty. */
const WITHOUT_USERS = new Set([
  'GET /v1/webhooks/{id}/recoveries',
  'GET /v1/webhooks/{id}/backlog',
  'POST /v1/webhooks/deliveries/resend',
]);

/** Routes without a resource of another user, or with the scope `events:publish`. */
const OTHERS = [
  'POST /v1/webhooks',
  'POST /v1/webhooks/test-filter',
  'POST /v1/events',
  'POST /v1/events/batch',
  'GET /v1/events/stream',
  'GET /v1/event-types',
];

describe('A key with the scope admin', () => {
  let service: TestApp;
  let receiver: Receiver;
  let owner: Possessions;
  let admin: ApiClient;
  let adminId: string;

  beforeAll(async () => {
    service = await startApp();
    receiver = await Receiver.start();
    owner = await newPossessions(service, receiver.url);
    adminId = `uid_${randomUUID()}`;
    admin = await clientOf(service, adminId, ['admin']);
  });

  afterAll(async () => {
    await receiver?.close();
    await service?.close();
  });

  it('has a request in the table for every route of the API', async () => {
    const routes = (await routesOf(service.url)).filter((route) => route.includes(' /v1/'));
    expect([...Object.keys(REQUESTS), ...OTHERS].sort()).toEqual(routes.sort());
  });

  it.each(Object.keys(REQUESTS))('acts for another user on %s, where a key without it gets 403', async (route) => {
    const { path, body, status } = (REQUESTS[route] as (typeof REQUESTS)[string])(owner);
    const [method = ''] = route.split(' ', 1);
    const ordinary = await clientOf(service, `uid_${randomUUID()}`, ['webhooks']);
    const refused = await ordinary.request(method, path, { body });
    expect([refused.status, refused.body.error.code]).toEqual([403, 'FORBIDDEN']);

    const answer = await admin.request(method, path, { body });
    expect([answer.status, answer.body]).toEqual([status, expect.anything()]);
    expect(JSON.stringify(answer.body)).not.toContain(adminId);
    const { data } = answer.body;
    if (Array.isArray(data) && !WITHOUT_USERS.has(route)) {
      expect(data.length).toBeGreaterThan(0);
      for (const { userId } of data) expect(userId).toBe(owner.userId);
    }
  });

  it('lists its own resources when the request names no user', async () => {
    for (const path of ['/v1/webhooks?active=all', '/v1/webhooks/deliveries']) {
      expect([path, (await admin.get(path)).body.data]).toEqual([path, []]);
    }
    expect((await admin.get('/v1/api-keys')).body.data).toMatchObject([{ userId: adminId, scopes: ['admin'] }]);
  });

  it('publishes no events', async () => {
    const event = { event: EVENT, userId: owner.userId, extractionId: 'extract-1', data: {} };
    expect((await admin.post('/v1/events', event)).status).toBe(403);
    expect((await admin.post('/v1/events/batch', { events: [event] })).status).toBe(403);
  });

  it('makes the first key of another user, which works for that user alone', async () => {
    const userId = `uid_${randomUUID()}`;
    const { status, body } = await admin.post('/v1/api-keys', { name: 'First', expiresIn: 'never', userId });
    expect(status).toBe(201);
    expect(body.data.apiKey).toMatchObject({ userId, scopes: ['webhooks'] });
    const first = new ApiClient(service.url, body.data.key);
    expect((await first.get('/v1/api-keys')).body.data).toMatchObject([{ id: body.data.apiKey.id }]);
    expect((await first.get(`/v1/api-keys?userId=${userId}`)).status).toBe(200);
    expect((await first.get(`/v1/api-keys?userId=${owner.userId}`)).status).toBe(403);
  });

  it('grants the scope admin, and a key without it does not', async () => {
    const asked = { name: 'Operator', expiresIn: '30d', scopes: ['admin'] };
    expect((await admin.post('/v1/api-keys', asked)).body.data.apiKey.scopes).toEqual(['admin']);
    const ordinary = await clientOf(service, adminId, ['webhooks', 'events:publish']);
    const { status, body } = await ordinary.post('/v1/api-keys', asked);
    expect([status, body.error]).toEqual([
      403,
      { code: 'FORBIDDEN', message: "A key can't grant what it lacks: admin." },
    ]);
  });

  it('counts keys against the limit of their owner', async () => {
    const userId = `uid_${randomUUID()}`;
    const asked = { name: 'x', expiresIn: '30d', userId };
    for (let count = 0; count < 10; count += 1) expect((await admin.post('/v1/api-keys', asked)).status).toBe(201);
    expect((await admin.post('/v1/api-keys', asked)).body.error).toEqual({
      code: 'MAX_KEYS_REACHED',
      message: `${userId} has 10 active API keys. Revoke one first.`,
    });
    expect((await admin.post('/v1/api-keys', { ...asked, userId: adminId })).status).toBe(201);
  });

  it('sends test events and recoveries as events of the owner', async () => {
    const { body } = await admin.post(`/v1/webhooks/${owner.webhookId}/test`);
    const { body: shown } = await admin.get(`/v1/events/${body.data.eventId}`);
    expect(shown.data.userId).toBe(owner.userId);
  });

  it('deactivates a webhook as an operator, and its owner as the owner', async () => {
    const { webhook } = await (await service.as(owner.userId)).createWebhook(receiver.url);
    const path = `/v1/webhooks/${webhook.id}`;
    const reasonAfter = async (api: ApiClient) => {
      await api.patch(path, { active: true });
      return (await api.patch(path, { active: false })).body.data.disabledReason;
    };
    expect(await reasonAfter(admin)).toBe('Disabled by an operator.');
    expect(await reasonAfter(owner.api)).toBe('Disabled by its owner.');
  });

  it.each(['/v1/webhooks', '/v1/webhooks/deliveries', '/v1/api-keys'])(
    'refuses a malformed userId on %s',
    async (path) => {
      for (const query of ['?userId=', '?userId=a%20b', `?userId=${'x'.repeat(129)}`, '?userId=a&userId=b']) {
        const { status, body } = await admin.get(path + query);
        expect([query, status, body.error.code]).toEqual([query, 400, 'VALIDATION_ERROR']);
        expect(body.error.message).toMatch(/^userId must be/);
      }
    },
  );
});
