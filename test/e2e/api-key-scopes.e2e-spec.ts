import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Scope } from '../../src/auth/caller.js';
import { ApiClient } from '../support/api-client.js';
import { startApp, type TestApp } from '../support/app.js';

const EVENT = { event: 'extraction.completed', userId: 'uid_local', extractionId: 'extract-xyz789', data: {} };
const ALL: Scope[] = ['webhooks', 'events:publish'];

describe('Scopes of API keys', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  function withScopes(...scopes: Scope[]): Promise<ApiClient> {
    return ApiClient.as(service.app, service.url, `uid_${randomUUID()}`, scopes);
  }

  it.each<{ held: Scope[]; asked: Scope[]; lacking: string }>([
    { held: ['webhooks'], asked: ['events:publish'], lacking: 'events:publish' },
    { held: ['webhooks'], asked: ALL, lacking: 'events:publish' },
  ])('a key with $held cannot make one with $asked', async ({ held, asked, lacking }) => {
    const api = await withScopes(...held);
    const { status, body } = await api.post('/v1/api-keys', { name: 'x', expiresIn: '30d', scopes: asked });
    expect([status, body.error?.code]).toEqual([403, 'FORBIDDEN']);
    expect(body.error.message).toContain(lacking);
    expect((await api.get('/v1/api-keys')).body.data).toHaveLength(1);
  });

  it.each<{ asked: Scope[] }>([{ asked: ['webhooks'] }, { asked: ['events:publish'] }, { asked: ALL }])(
    'a key with all scopes can make one with $asked, which has just these',
    async ({ asked }) => {
      const api = await withScopes(...ALL);
      const { status, body } = await api.post('/v1/api-keys', { name: 'x', expiresIn: '30d', scopes: asked });
      expect([status, body.data?.apiKey.scopes]).toEqual([201, asked]);
      const made = new ApiClient(service.url, body.data.key);
      expect((await made.get('/v1/webhooks')).status).toBe(asked.includes('webhooks') ? 200 : 403);
      expect((await made.post('/v1/events', EVENT)).status).toBe(asked.includes('events:publish') ? 202 : 403);
    },
  );

  it('a key made without naming scopes manages webhooks and cannot publish', async () => {
    const api = await withScopes(...ALL);
    const { body } = await api.post('/v1/api-keys', { name: 'x', expiresIn: '30d' });
    const made = new ApiClient(service.url, body.data.key);
    expect((await made.get('/v1/webhooks')).status).toBe(200);
    expect((await made.post('/v1/events', EVENT)).status).toBe(403);
  });

  it.each([
    ['POST', '/v1/events', EVENT],
    ['POST', '/v1/events/batch', { events: [EVENT] }],
  ])('a key without events:publish gets FORBIDDEN from %s %s', async (method, path, body) => {
    const api = await withScopes('webhooks');
    const response = await api.request(method, path, { body });
    expect([response.status, response.body.error?.code]).toEqual([403, 'FORBIDDEN']);
    expect(response.body.error.message).toContain('events:publish');
  });

  const ID = 'webhook-0123456789abcdef0123456789abcdef';
  it.each([
    ['POST', '/v1/webhooks'],
    ['GET', '/v1/webhooks'],
    ['GET', `/v1/webhooks/${ID}`],
    ['PATCH', `/v1/webhooks/${ID}`],
    ['DELETE', `/v1/webhooks/${ID}`],
    ['POST', `/v1/webhooks/${ID}/rotate-secret`],
    ['POST', `/v1/webhooks/${ID}/test`],
    ['POST', `/v1/webhooks/${ID}/recover`],
    ['GET', `/v1/webhooks/${ID}/recoveries/${randomUUID()}`],
    ['GET', `/v1/webhooks/${ID}/stats`],
    ['GET', '/v1/webhooks/deliveries'],
    ['GET', `/v1/webhooks/deliveries/${randomUUID()}`],
    ['POST', `/v1/webhooks/deliveries/${randomUUID()}/resend`],
    ['POST', '/v1/api-keys'],
    ['GET', '/v1/api-keys'],
    ['DELETE', `/v1/api-keys/${randomUUID()}`],
  ])('a key with only events:publish gets FORBIDDEN from %s %s', async (method, path) => {
    const api = await withScopes('events:publish');
    const response = await api.request(method, path, method === 'GET' || method === 'DELETE' ? {} : { body: {} });
    expect([response.status, response.body.error?.code]).toEqual([403, 'FORBIDDEN']);
    expect(response.body.error.message).toContain('webhooks');
  });

  it("a publisher sees any user's event; another user without that scope does not", async () => {
    const owner = await withScopes('webhooks');
    const { userId } = (await owner.get('/v1/api-keys')).body.data[0];
    const publisher = await withScopes('events:publish');
    const { body } = await publisher.post('/v1/events', { ...EVENT, userId });
    const path = `/v1/events/${body.data.id}`;
    expect((await publisher.get(path)).status).toBe(200);
    expect((await owner.get(path)).status).toBe(200);
    const stranger = await (await withScopes('webhooks')).get(path);
    expect([stranger.status, stranger.body.error?.code]).toEqual([403, 'FORBIDDEN']);
  });
});
