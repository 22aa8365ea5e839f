import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { ApiClient, eventually } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';

const FIELDS = ['id', 'userId', 'name', 'prefix', 'scopes', 'expiresAt', 'lastUsedAt', 'createdAt', 'revoked'];
const ISO_8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const DAY_MS = 86_400_000;

describe('API keys', () => {
  let service: TestApp;
  let prisma: PrismaService;
  let userId: string;
  let api: ApiClient;

  beforeAll(async () => {
    service = await startApp();
    prisma = service.app.get(PrismaService);
  });

  afterAll(async () => {
    await service.close();
  });

  beforeEach(async () => {
    userId = `uid_${randomUUID()}`;
    api = await service.as(userId);
  });

  async function createKey(body: Record<string, unknown> = {}) {
    const response = await api.post('/v1/api-keys', { name: 'Production server', expiresIn: '90d', ...body });
    expect(response.status).toBe(201);
    return response.body.data as { key: string; apiKey: { id: string; [field: string]: unknown } };
  }

  describe('creating', () => {
    it('answers 201 with a new key of 256 random bits, and its properties', async () => {
      const { status, body } = await api.post('/v1/api-keys', { name: 'Production server', expiresIn: 'never' });
      expect(status).toBe(201);
      expect(Object.keys(body)).toEqual(['data']);
      expect(Object.keys(body.data)).toEqual(['key', 'apiKey']);
      const { key, apiKey } = body.data;
      expect(key).toMatch(/^dm_live_[0-9a-f]{64}$/);
      expect(Object.keys(apiKey)).toEqual(FIELDS);
      expect(apiKey).toMatchObject({
        userId,
        name: 'Production server',
        scopes: ['webhooks'],
        expiresAt: null,
        lastUsedAt: null,
        revoked: false,
      });
      expect(apiKey.createdAt).toMatch(ISO_8601);
      expect((await createKey()).key).not.toBe(key);
    });

    it('gives the beginning of the key as its prefix, and no more of it', async () => {
      const { key, apiKey } = await createKey();
      expect(apiKey.prefix).toBe(key.slice(0, 12));
      expect(JSON.stringify(apiKey)).not.toContain(key);
    });

    it('makes a key that works at once, for the same user', async () => {
      const { key } = await createKey();
      const { status, body } = await new ApiClient(service.url, key).get('/v1/api-keys');
      expect(status).toBe(200);
      expect(body.data.every((listed: { userId: string }) => listed.userId === userId)).toBe(true);
    });

    it.each([
      ['30d', 30],
      ['60d', 60],
      ['90d', 90],
      ['1y', 365],
    ])('accepts %s for a lifetime of %i days', async (expiresIn, days) => {
      const before = Date.now();
      const { apiKey } = await createKey({ expiresIn });
      expect(apiKey.expiresAt).toMatch(ISO_8601);
      const lifeMs = Date.parse(String(apiKey.expiresAt)) - days * DAY_MS;
      expect(lifeMs).toBeGreaterThanOrEqual(before);
      expect(lifeMs).toBeLessThanOrEqual(Date.now());
    });

    it('stores a hash, so that no key can be read from the database', async () => {
      const { key, apiKey } = await createKey();
      const [row] = await prisma.$queryRaw<{ row: string }[]>`
        SELECT k::text AS row FROM api_keys k WHERE id = ${apiKey.id}::uuid`;
      expect(row?.row).toContain('dm_live_');
      const secretPart = key.slice(12);
      const forms = [secretPart, Buffer.from(key).toString('hex'), Buffer.from(key).toString('base64')];
      for (const form of forms) expect(row?.row).not.toContain(form);
    });

    it.each([
      ['name', { name: undefined }],
      ['name', { name: null }],
      ['name', { name: '' }],
      ['name', { name: 'x'.repeat(101) }],
      ['name', { name: 'line\nbreak' }],
      ['name', { name: 7 }],
      ['expiresIn', { expiresIn: undefined }],
      ['expiresIn', { expiresIn: '31d' }],
      ['expiresIn', { expiresIn: ['30d'] }],
      ['scopes', { scopes: [] }],
      ['scopes', { scopes: null }],
      ['scopes', { scopes: 'webhooks' }],
      ['scopes', { scopes: ['webhooks', 'webhooks'] }],
      ['scopes', { scopes: ['owner'] }],
      ['userId', { userId: 'uid of another' }],
      ['revoked', { revoked: false }],
    ])('names %s in its refusal of %j', async (field, change) => {
      const { status, body } = await api.post('/v1/api-keys', { name: 'x', expiresIn: '30d', ...change });
      expect([status, body.error?.code]).toEqual([400, 'VALIDATION_ERROR']);
      expect(body.error.message).toContain(field);
    });
  });

  describe('listing', () => {
    it('shows exactly the public properties, newest first, and never a key', async () => {
      const older = await createKey({ name: 'older' });
      const newer = await createKey({ name: 'newer' });
      const { status, body } = await api.get('/v1/api-keys');
      expect(status).toBe(200);
      expect(Object.keys(body)).toEqual(['data']);
      for (const listed of body.data) expect(Object.keys(listed)).toEqual(FIELDS);
      expect(body.data.slice(0, 2)).toEqual([newer.apiKey, older.apiKey]);
      for (const { key } of [older, newer]) expect(JSON.stringify(body)).not.toContain(key.slice(12));
    });

    it('shows only keys of the caller that work', async () => {
      const [kept, revoked, expired] = [await createKey(), await createKey(), await createKey()];
      await api.delete(`/v1/api-keys/${revoked.apiKey.id}`);
      await expire(expired.apiKey.id);
      await (await service.as(`uid_${randomUUID()}`)).post('/v1/api-keys', { name: 'x', expiresIn: '30d' });
      const { body } = await api.get('/v1/api-keys');
      // The first key is the caller's own.
      expect(body.data.map(({ id }: { id: string }) => id).slice(0, -1)).toEqual([kept.apiKey.id]);
    });

    it('tells when a key was last used', async () => {
      const before = Date.now();
      const { key, apiKey } = await createKey();
      expect(apiKey.lastUsedAt).toBeNull();
      await new ApiClient(service.url, key).get('/v1/webhooks');
      const lastUsedAt = await eventually(async () => {
        const { body } = await api.get('/v1/api-keys');
        const listed = body.data.find(({ id }: { id: string }) => id === apiKey.id);
        return (listed.lastUsedAt as string | null) ?? undefined;
      }, 'lastUsedAt');
      expect(lastUsedAt).toMatch(ISO_8601);
      expect(Date.parse(lastUsedAt)).toBeGreaterThanOrEqual(before);
      expect(Date.parse(lastUsedAt)).toBeLessThanOrEqual(Date.now());
    });
  });

  /** Moves the expiry of a key into the past. */
  async function expire(id: string): Promise<void> {
    await prisma.apiKey.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1_000) } });
  }
});
