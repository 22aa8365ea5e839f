import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidV7 } from '../../src/common/ids.js';
import { PrismaService } from '../../src/database/prisma.service.js';
import { RetentionService } from '../../src/retention/retention.service.js';
import { ApiClient } from '../support/api-client.js';
import { startApp, type TestApp } from '../support/app.js';
import { Receiver } from '../support/receiver.js';

const DAY_MS = 86_400_000;

const daysAgo = (days: number): Date => new Date(Date.now() - days * DAY_MS);

/** Moves an event, its delivery and its attempt this many days into the past: their ids contain their time. */
async function aged(prisma: PrismaService, eventId: string, days: number): Promise<string> {
  const id = uuidV7(Date.now() - days * DAY_MS);
  const createdAt = new Date(Date.now() - days * DAY_MS);
  await prisma.event.update({ where: { id: eventId }, data: { id, createdAt } });
  await prisma.delivery.updateMany({ where: { eventId }, data: { eventId: id } });
  const attempts = await prisma.deliveryAttempt.findMany({ where: { eventId } });
  for (const attempt of attempts) {
    await prisma.deliveryAttempt.update({
      where: { id: attempt.id },
      data: { id: uuidV7(createdAt.getTime()), eventId: id, createdAt },
    });
  }
  return id;
}

describe('Retention', () => {
  let service: TestApp;
  let prisma: PrismaService;
  let receiver: Receiver;

  beforeAll(async () => {
    service = await startApp({ env: { RETENTION_DAYS: '30' } });
    prisma = service.app.get(PrismaService);
    receiver = await Receiver.start();
  });

  afterAll(async () => {
    await service.close();
    await receiver.close();
  });

  it('removes events, deliveries, attempts and idempotency keys older than RETENTION_DAYS, and keeps younger ones', async () => {
    const api = await service.as('uid_retention');
    await api.createWebhook(receiver.url);
    const old = await api.publish({ userId: 'uid_retention', extractionId: 'old' }, { 'idempotency-key': 'old' });
    const young = await api.publish({ userId: 'uid_retention', extractionId: 'young' }, { 'idempotency-key': 'young' });
    await api.log(2);
    const oldId = await aged(prisma, old.id, 31);
    const youngId = await aged(prisma, young.id, 29);
    await prisma.idempotencyKey.updateMany({ where: { key: 'old' }, data: { createdAt: daysAgo(31) } });

    await service.app.get(RetentionService).removeExpired();

    expect((await api.get(`/v1/events/${oldId}`)).status).toBe(404);
    expect((await api.get(`/v1/events/${youngId}`)).body.data.deliveries).toHaveLength(1);
    expect(await api.log(1)).toMatchObject([{ extractionId: 'young' }]);
    expect(await prisma.delivery.count({ where: { eventId: oldId } })).toBe(0);
    expect(await prisma.idempotencyKey.findMany({ where: { key: { in: ['old', 'young'] } } })).toMatchObject([
      { key: 'young' },
    ]);
  });

  it('removes API keys that were revoked or expired more than RETENTION_DAYS ago, and keeps all others', async () => {
    const api = await service.as('uid_keys');
    const ends = {
      'revoked long ago': { revokedAt: daysAgo(31) },
      'expired long ago': { expiresAt: daysAgo(31) },
      'revoked lately': { revokedAt: daysAgo(29) },
      'expired lately': { expiresAt: daysAgo(29) },
      'expires soon': { expiresAt: daysAgo(-1) },
      'never ends': {},
    };
    const keys: Record<string, string> = {};
    for (const [name, data] of Object.entries(ends)) {
      const { body } = await api.post('/v1/api-keys', { name, expiresIn: 'never' });
      keys[name] = body.data.key;
      await prisma.apiKey.update({ where: { id: body.data.apiKey.id }, data: { ...data, createdAt: daysAgo(400) } });
    }

    await service.app.get(RetentionService).removeExpired();

    const left = await prisma.apiKey.findMany({ where: { userId: 'uid_keys', NOT: { name: 'uid_keys' } } });
    expect(left.map(({ name }) => name).sort()).toEqual([
      'expired lately',
      'expires soon',
      'never ends',
      'revoked lately',
    ]);
    const ask = (name: string) => new ApiClient(service.url, String(keys[name])).get('/v1/api-keys');
    expect(await ask('never ends')).toMatchObject({ status: 200 });
    for (const name of ['revoked long ago', 'expired long ago']) {
      const error = { code: 'UNAUTHORIZED', message: expect.stringMatching(/^The API key is invalid: check /) };
      expect(await ask(name)).toMatchObject({ status: 401, body: { error } });
    }
  });

  it('removes completed recoveries older than RETENTION_DAYS, more than one batch of them', async () => {
    await prisma.$executeRaw`
      INSERT INTO recoveries (id, user_id, webhook_id, since, until, status, created_at)
      SELECT gen_random_uuid(), 'uid_recoveries', gen_random_uuid(), now(), now(), 'completed',
        now() - number * interval '1 day'
      FROM generate_series(29, 2528) AS number`;
    await service.app.get(RetentionService).removeExpired();
    expect(await prisma.recovery.count({ where: { userId: 'uid_recoveries' } })).toBe(1);
  });

  it('removes the old signing secret of a rotation once its overlap is over, and not before', async () => {
    const api = await service.as('uid_overlap');
    const { webhook } = await api.createWebhook(receiver.url);
    await api.post(`/v1/webhooks/${webhook.id}/rotate-secret`, { overlapSeconds: 3_600 });
    const stored = () => prisma.webhook.findFirstOrThrow({ where: { userId: 'uid_overlap' } });
    const { secret } = await stored();

    await service.app.get(RetentionService).removeExpired();
    expect(await stored()).toMatchObject({ secret, previousSecret: expect.anything() });

    const previousSecretExpiresAt = new Date(Date.now() - 1_000);
    await prisma.webhook.updateMany({ where: { userId: 'uid_overlap' }, data: { previousSecretExpiresAt } });
    await service.app.get(RetentionService).removeExpired();
    expect(await stored()).toMatchObject({ secret, previousSecret: null, previousSecretExpiresAt: null });
  });

  it('keeps an event that an active webhook is still to get, and removes one that only waits for an inactive one', async () => {
    const api = await service.as('uid_pending');
    const { webhook } = await api.createWebhook(receiver.url);
    const event = await api.publish({ userId: 'uid_pending', extractionId: 'pending' });
    await api.log(1);
    const id = await aged(prisma, event.id, 40);
    await prisma.delivery.updateMany({
      where: { eventId: id },
      data: { state: 'pending', nextAttemptAt: new Date(Date.now() + DAY_MS) },
    });

    await service.app.get(RetentionService).removeExpired();
    expect((await api.get(`/v1/events/${id}`)).status).toBe(200);

    await api.patch(`/v1/webhooks/${webhook.id}`, { active: false });
    await service.app.get(RetentionService).removeExpired();
    expect((await api.get(`/v1/events/${id}`)).status).toBe(404);
  });
});

describe('Retention by event type', () => {
  let service: TestApp;
  let prisma: PrismaService;
  let receiver: Receiver;

  beforeAll(async () => {
    service = await startApp({
      env: { RETENTION_DAYS: '30', RETENTION_DAYS_BY_EVENT: 'extraction.failed=90,webhook.test=7' },
    });
    prisma = service.app.get(PrismaService);
    receiver = await Receiver.start();
  });

  afterAll(async () => {
    await service.close();
    await receiver.close();
  });

  it('keeps events, deliveries and attempts of a type for the days of this type', async () => {
    const api = await service.as('uid_types');
    const { webhook } = await api.createWebhook(receiver.url, ['extraction.completed', 'extraction.failed']);
    const publish = (event: string) => api.publish({ event, userId: 'uid_types', extractionId: event });
    const test = async () => ({ id: (await api.post(`/v1/webhooks/${webhook.id}/test`)).body.data.eventId as string });
    const events = [
      { made: await publish('extraction.completed'), days: 31, stays: false },
      { made: await publish('extraction.completed'), days: 29, stays: true },
      { made: await publish('extraction.failed'), days: 31, stays: true },
      { made: await publish('extraction.failed'), days: 89, stays: true },
      { made: await publish('extraction.failed'), days: 91, stays: false },
      { made: await test(), days: 6, stays: true },
      { made: await test(), days: 8, stays: false },
    ];
    await api.log(events.length);
    const moved: { id: string; stays: boolean }[] = [];
    for (const { made, days, stays } of events) moved.push({ id: await aged(prisma, made.id, days), stays });

    await service.app.get(RetentionService).removeExpired();

    const ids = moved.map(({ id }) => id);
    const expected = moved.flatMap(({ id, stays }) => (stays ? id : [])).sort();
    const where = { eventId: { in: ids } };
    expect((await prisma.event.findMany({ where: { id: { in: ids } } })).map(({ id }) => id).sort()).toEqual(expected);
    expect((await prisma.delivery.findMany({ where })).map(({ eventId }) => eventId).sort()).toEqual(expected);
    expect((await prisma.deliveryAttempt.findMany({ where })).map(({ eventId }) => eventId).sort()).toEqual(expected);
  });

  it('keeps an event of a type beyond the days of this type while it has a pending delivery', async () => {
    const api = await service.as('uid_test_pending');
    const { webhook } = await api.createWebhook(receiver.url);
    const { body } = await api.post(`/v1/webhooks/${webhook.id}/test`);
    await api.log(1);
    const id = await aged(prisma, body.data.eventId, 8);
    const change = (data: object) => prisma.delivery.updateMany({ where: { eventId: id }, data });
    await change({ state: 'pending', nextAttemptAt: daysAgo(-1) });
    await service.app.get(RetentionService).removeExpired();
    expect((await api.get(`/v1/events/${id}`)).status).toBe(200);
  });

  it('removes idempotency keys with the events that are removed first', async () => {
    const api = await service.as('uid_keys_by_type');
    for (const key of ['old', 'young']) {
      await api.publish({ userId: 'uid_keys_by_type' }, { 'idempotency-key': key });
      await prisma.idempotencyKey.updateMany({ where: { key }, data: { createdAt: daysAgo(key === 'old' ? 8 : 6) } });
    }
    await service.app.get(RetentionService).removeExpired();
    expect(await prisma.idempotencyKey.findMany({ select: { key: true } })).toEqual([{ key: 'young' }]);
  });
});
