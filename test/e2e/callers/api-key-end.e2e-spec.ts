import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { ApiClient } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';

describe('The end of an API key', () => {
  let service: TestApp;
  let api: ApiClient;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  beforeEach(async () => {
    api = await service.as(`uid_${randomUUID()}`);
  });

  async function createKey() {
    const { status, body } = await api.post('/v1/api-keys', { name: 'x', expiresIn: '30d' });
    expect(status).toBe(201);
    return body.data as { key: string; apiKey: { id: string } };
  }

  it('rejects the very next request when the key is revoked', async () => {
    const { key, apiKey } = await createKey();
    const other = new ApiClient(service.url, key);
    expect((await other.get('/v1/webhooks')).status).toBe(200);
    const { status, body } = await api.delete(`/v1/api-keys/${apiKey.id}`);
    expect([status, body]).toEqual([200, { success: true }]);
    const refused = await other.get('/v1/webhooks');
    expect([refused.status, refused.body.error.code]).toEqual([401, 'UNAUTHORIZED']);
  });

  it('lets a key revoke itself', async () => {
    const { key, apiKey } = await createKey();
    const own = new ApiClient(service.url, key);
    expect((await own.delete(`/v1/api-keys/${apiKey.id}`)).status).toBe(200);
    expect((await own.get('/v1/api-keys')).status).toBe(401);
  });

  it('answers 404 when the key is revoked already, unknown, or not an id', async () => {
    const { apiKey } = await createKey();
    await api.delete(`/v1/api-keys/${apiKey.id}`);
    for (const id of [apiKey.id, randomUUID(), 'nope', '%00', "1'--"]) {
      const { status, body } = await api.delete(`/v1/api-keys/${id}`);
      expect([id, status, body.error?.code]).toEqual([id, 404, 'NOT_FOUND']);
    }
  });

  it("refuses to revoke another user's key, which stays valid", async () => {
    const { key, apiKey } = await createKey();
    const other = await service.as(`uid_${randomUUID()}`);
    const { status, body } = await other.delete(`/v1/api-keys/${apiKey.id}`);
    expect([status, body.error?.code]).toEqual([403, 'FORBIDDEN']);
    expect((await new ApiClient(service.url, key).get('/v1/webhooks')).status).toBe(200);
  });

  it('rejects a key from the moment it expires, with a message that says so', async () => {
    const { key, apiKey } = await createKey();
    const other = new ApiClient(service.url, key);
    const expiresAt = new Date(Date.now() + 1_000);
    await service.app.get(PrismaService).apiKey.update({ where: { id: apiKey.id }, data: { expiresAt } });
    // Used until the end: the process has read the key a moment ago.
    while (Date.now() < expiresAt.getTime() - 100) expect((await other.get('/v1/webhooks')).status).toBe(200);
    while (Date.now() <= expiresAt.getTime()) await delay(1);
    const { status, body } = await other.get('/v1/webhooks');
    expect([status, body.error.code]).toEqual([401, 'UNAUTHORIZED']);
    expect(body.error.message).toContain('expired');
  });
});
