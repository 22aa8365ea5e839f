import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { ApiClient } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';

/** The caller's own key is the first of its ten. */
const ROOM = 9;
const REFUSED = [400, 'MAX_KEYS_REACHED', 10];

describe('The limit of ten active API keys', () => {
  let service: TestApp;
  let userId: string;
  let api: ApiClient;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  beforeEach(async () => {
    userId = `uid_${randomUUID()}`;
    api = await service.as(userId);
  });

  function createKey() {
    return api.post('/v1/api-keys', { name: 'x', expiresIn: '30d' });
  }

  async function fill(): Promise<{ id: string; key: string }[]> {
    const keys = [];
    for (let count = 0; count < ROOM; count += 1) {
      const { status, body } = await createKey();
      expect(status).toBe(201);
      keys.push({ id: String(body.data.apiKey.id), key: String(body.data.key) });
    }
    return keys;
  }

  /** The status and code of one more creation, and the number of keys after it. */
  async function oneMore(): Promise<[number, string | undefined, number]> {
    const { status, body } = await createKey();
    return [status, body.error?.code, (await api.get('/v1/api-keys')).body.data.length];
  }

  it('refuses an eleventh', async () => {
    await fill();
    expect(await oneMore()).toEqual(REFUSED);
  });

  it('holds under 50 parallel requests: exactly ten exist afterwards', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, createKey));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(ROOM);
    for (const { status, body } of answers.filter((answer) => answer.status !== 201)) {
      expect([status, body.error?.code]).toEqual([400, 'MAX_KEYS_REACHED']);
    }
    expect(await oneMore()).toEqual(REFUSED);
  });

  it('counts each user apart', async () => {
    await fill();
    const other = await service.as(`uid_${randomUUID()}`);
    expect((await other.post('/v1/api-keys', { name: 'x', expiresIn: '30d' })).status).toBe(201);
  });

  it('does not count revoked keys', async () => {
    const [first] = await fill();
    await api.delete(`/v1/api-keys/${first?.id}`);
    expect((await createKey()).status).toBe(201);
    expect(await oneMore()).toEqual(REFUSED);
  });

  it('does not count expired keys', async () => {
    const [first] = await fill();
    await service.app
      .get(PrismaService)
      .apiKey.update({ where: { id: first?.id ?? '' }, data: { expiresAt: new Date(Date.now() - 1_000) } });
    expect((await createKey()).status).toBe(201);
    expect(await oneMore()).toEqual(REFUSED);
  });

  it('keeps the 100 keys that ended last when a caller makes and revokes keys without end', async () => {
    const prisma = service.app.get(PrismaService);
    await prisma.$executeRaw`
      INSERT INTO api_keys (id, user_id, name, prefix, key_hash, scopes, revoked_at, expires_at)
      SELECT gen_random_uuid(), ${userId}, number::text, 'dm_live_0000', sha256((${userId} || number)::bytea), ARRAY['webhooks'],
        CASE WHEN number % 2 = 0 THEN now() - number * interval '1 second' END,
        CASE WHEN number % 2 = 1 THEN now() - number * interval '1 second' END
      FROM generate_series(1, 300) AS number`;
    expect((await createKey()).status).toBe(201);
    const ended = await prisma.apiKey.findMany({ where: { userId, prefix: 'dm_live_0000' } });
    expect(ended.map(({ name }) => Number(name)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, index) => index + 1),
    );
    expect((await api.get('/v1/api-keys')).body.data).toHaveLength(2);
  });

  it('leaves the ten that exist working', async () => {
    const keys = await fill();
    expect(await oneMore()).toEqual(REFUSED);
    for (const { key } of keys) expect((await new ApiClient(service.url, key).get('/v1/webhooks')).status).toBe(200);
  });
});
