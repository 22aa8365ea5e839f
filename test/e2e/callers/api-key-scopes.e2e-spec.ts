import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Scope } from '../../../src/auth/caller.js';
import { ApiClient } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { routesOf } from '../../support/routes.js';
import { clientOf } from '../../support/user-client.js';

const EVENT = { event: 'extraction.completed', userId: 'uid_local', extractionId: 'extract-xyz789', data: {} };
const ALL: Scope[] = ['webhooks', 'events:publish'];

/** The scopes of each route, of which any one gives access. `admin` includes `webhooks`. */
const SCOPES_OF_ROUTES: Record<string, Scope[]> = {
  'GET /v1/webhooks': ['webhooks'],
  'POST /v1/webhooks': ['webhooks'],
  'GET /v1/webhooks/{id}': ['webhooks'],
  'PATCH /v1/webhooks/{id}': ['webhooks'],
  'DELETE /v1/webhooks/{id}': ['webhooks'],
  'POST /v1/webhooks/{id}/rotate-secret': ['webhooks'],
  'POST /v1/webhooks/{id}/test': ['webhooks'],
  'POST /v1/webhooks/{id}/recover': ['webhooks'],
  'GET /v1/webhooks/{id}/recoveries/{recoveryId}': ['webhooks'],
  'GET /v1/webhooks/{id}/recoveries': ['webhooks'],
  'DELETE /v1/webhooks/{id}/recoveries/{recoveryId}': ['webhooks'],
  'GET /v1/webhooks/{id}/stats': ['webhooks'],
  'POST /v1/webhooks/test-filter': ['webhooks'],
  'GET /v1/webhooks/{id}/backlog': ['webhooks'],
  'POST /v1/webhooks/{id}/backlog/send-now': ['webhooks'],
  'POST /v1/webhooks/{id}/backlog/cancel': ['webhooks'],
  'GET /v1/webhooks/stats': ['webhooks'],
  'POST /v1/webhooks/deliveries/resend': ['webhooks'],
  'GET /v1/webhooks/deliveries': ['webhooks'],
  'GET /v1/webhooks/deliveries/{id}': ['webhooks'],
  'POST /v1/webhooks/deliveries/{id}/resend': ['webhooks'],
  'POST /v1/events': ['events:publish'],
  'POST /v1/events/batch': ['events:publish'],
  'GET /v1/events/stream': ['webhooks'],
  'GET /v1/events/{id}': ['events:publish', 'webhooks'],
  'GET /v1/event-types': ['webhooks', 'events:publish'],
  'POST /v1/api-keys': ['webhooks'],
  'GET /v1/api-keys': ['webhooks'],
  'DELETE /v1/api-keys/{id}': ['webhooks'],
};

describe('Scopes of API keys', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  function withScopes(...scopes: Scope[]): Promise<ApiClient> {
    return clientOf(service, `uid_${randomUUID()}`, scopes);
  }

  it.each<{ held: Scope[]; asked: Scope[]; lacking: string }>([
    { held: ['webhooks'], asked: ['events:publish'], lacking: 'events:publish' },
    { held: ['webhooks'], asked: ALL, lacking: 'events:publish' },
    { held: ALL, asked: ['admin'], lacking: 'admin' },
    { held: ALL, asked: ['webhooks', 'admin'], lacking: 'admin' },
    { held: ['admin'], asked: ['events:publish'], lacking: 'events:publish' },
  ])('refuse a key with $asked when the caller has $held', async ({ held, asked, lacking }) => {
    const api = await withScopes(...held);
    const { status, body } = await api.post('/v1/api-keys', { name: 'x', expiresIn: '30d', scopes: asked });
    expect([status, body.error?.code]).toEqual([403, 'FORBIDDEN']);
    expect(body.error.message).toContain(lacking);
    expect((await api.get('/v1/api-keys')).body.data).toHaveLength(1);
  });

  it.each<{ asked: Scope[] }>([{ asked: ['webhooks'] }, { asked: ['events:publish'] }, { asked: ALL }])(
    'allow a key with exactly $asked when the caller has all scopes',
    async ({ asked }) => {
      const api = await withScopes(...ALL);
      const { status, body } = await api.post('/v1/api-keys', { name: 'x', expiresIn: '30d', scopes: asked });
      expect([status, body.data?.apiKey.scopes]).toEqual([201, asked]);
      const made = new ApiClient(service.url, body.data.key);
      expect((await made.get('/v1/webhooks')).status).toBe(asked.includes('webhooks') ? 200 : 403);
      expect((await made.post('/v1/events', EVENT)).status).toBe(asked.includes('events:publish') ? 202 : 403);
    },
  );

  it('allow management and no publishing when a key is created without scopes', async () => {
    const api = await withScopes(...ALL);
    const { body } = await api.post('/v1/api-keys', { name: 'x', expiresIn: '30d' });
    const made = new ApiClient(service.url, body.data.key);
    expect((await made.get('/v1/webhooks')).status).toBe(200);
    expect((await made.post('/v1/events', EVENT)).status).toBe(403);
  });

  it('cover every route in the table', async () => {
    const routes = (await routesOf(service.url)).filter((route) => route.includes(' /v1/'));
    expect(Object.keys(SCOPES_OF_ROUTES).sort()).toEqual(routes.sort());
  });

  it.each(
    Object.entries(SCOPES_OF_ROUTES).flatMap(([route, allowed]) =>
      [[], ['webhooks' as const], ['events:publish' as const], ['admin' as const], ALL].map((held) => ({
        route,
        allowed,
        held,
      })),
    ),
  )('require one of $allowed on $route when the key has $held', async ({ route, allowed, held }) => {
    const api = await withScopes(...held);
    const [method = '', plain = ''] = route.replaceAll(/\{\w+\}/g, randomUUID()).split(' ');
    // A valid request gets a response without an end.
    const path = plain === '/v1/events/stream' ? `${plain}?since=never` : plain;
    const { status, body } = await api.request(
      method,
      path,
      method === 'GET' || method === 'DELETE' ? {} : { body: {} },
    );
    if (held.some((scope) => allowed.includes(scope) || (scope === 'admin' && allowed.includes('webhooks')))) {
      // The route's own statuses for an unknown id and an empty body.
      expect([200, 400, 404]).toContain(status);
    } else {
      const message = `This needs an API key with the scope "${allowed.join('" or "')}".`;
      expect([status, body]).toEqual([403, { error: { code: 'FORBIDDEN', message } }]);
    }
  });

  it("show any user's event to a publisher, and to no other user", async () => {
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
