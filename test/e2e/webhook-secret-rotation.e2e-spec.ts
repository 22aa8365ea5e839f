import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PrismaService } from '../../src/database/prisma.service.js';
import { SecretCipher } from '../../src/webhooks/secret-cipher.js';
import { WebhooksRepository } from '../../src/webhooks/webhooks.repository.js';
import type { ApiClient } from '../support/api-client.js';
import { startApp, type TestApp } from '../support/app.js';

const DAY_S = 86_400;

describe('Rotating a signing secret', () => {
  let service: TestApp;
  let userId: string;
  let api: ApiClient;
  let made: { secret: string; webhook: { id: string } };

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  beforeEach(async () => {
    userId = `uid_${randomUUID()}`;
    api = await service.as(userId);
    made = await api.createWebhook('https://your-app.com/webhooks/docmap');
  });

  function rotate(body?: unknown) {
    return api.post(`/v1/webhooks/${made.webhook.id}/rotate-secret`, body);
  }

  /** The seconds from now until the end of the old secret; null without one. */
  async function overlap(): Promise<number | null> {
    const { previousSecret, previousSecretExpiresAt } = await service.app
      .get(PrismaService)
      .webhook.findFirstOrThrow({ where: { userId } });
    expect(previousSecret === null).toBe(previousSecretExpiresAt === null);
    return previousSecretExpiresAt && (previousSecretExpiresAt.getTime() - Date.now()) / 1_000;
  }

  it('answers a new secret, shown only here, and the webhook', async () => {
    const { status, body } = await rotate({ overlapSeconds: 60 });
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['data']);
    expect(Object.keys(body.data)).toEqual(['secret', 'webhook']);
    expect(body.data.secret).toMatch(/^[0-9a-f]{64}$/);
    expect(body.data.secret).not.toBe(made.secret);
    expect(body.data.webhook).toEqual({ ...made.webhook, updatedAt: expect.any(String) });
    const shown = JSON.stringify((await api.get(`/v1/webhooks/${made.webhook.id}`)).body);
    expect(shown).not.toContain(body.data.secret);
  });

  it.each([
    ['{}', {}],
    ['no body', undefined],
  ])('lets the old secret sign for a day more with %s', async (_case, body) => {
    expect((await rotate(body)).status).toBe(200);
    const seconds = await overlap();
    expect(seconds).toBeLessThanOrEqual(DAY_S);
    expect(seconds).toBeGreaterThan(DAY_S - 60);
  });

  it.each([1, 3_600, 604_800])(
    'lets the old secret sign for %i seconds when the overlap is given',
    async (overlapSeconds) => {
      expect((await rotate({ overlapSeconds })).status).toBe(200);
      const seconds = await overlap();
      expect(seconds).toBeLessThanOrEqual(overlapSeconds);
      expect(seconds).toBeGreaterThan(overlapSeconds - 60);
    },
  );

  it('forgets the old secret at once with an overlap of 0, also one of an earlier rotation', async () => {
    await rotate({ overlapSeconds: 3_600 });
    expect((await rotate({ overlapSeconds: 0 })).status).toBe(200);
    expect(await overlap()).toBeNull();
  });

  it('keeps the replaced secret as the old one when another rotation comes between', async () => {
    const repository = service.app.get(WebhooksRepository);
    const find = repository.find.bind(repository);
    let first = '';
    jest.spyOn(repository, 'find').mockImplementationOnce(async (id) => {
      const found = await find(id);
      first = (await rotate()).body.data.secret;
      return found;
    });
    const second = (await rotate()).body.data.secret as string;
    const { id, secret, previousSecret } = await service.app
      .get(PrismaService)
      .webhook.findFirstOrThrow({ where: { userId } });
    const cipher = service.app.get(SecretCipher);
    expect([cipher.decrypt(secret, id), cipher.decrypt(previousSecret!, id)]).toEqual([second, first]);
  });

  it.each([-1, 604_801, 1.5, '60', true, null, [60], {}])('refuses an overlap of %j', async (overlapSeconds) => {
    const { status, body } = await rotate({ overlapSeconds });
    expect([status, body.error?.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(body.error.message).toMatch(/^overlapSeconds must be a whole number from 0 to 604800, not ./);
    expect(await overlap()).toBeNull();
  });

  it.each(['null', '[]', '60', '"60"', 'false'])('refuses %s as its body', async (body) => {
    const response = await rotate(body);
    expect([response.status, response.body.error?.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(await overlap()).toBeNull();
  });

  it('refuses a secret of the caller', async () => {
    const { status, body } = await rotate({ secret: 'a'.repeat(64) });
    expect([status, body.error?.message]).toEqual([400, 'secret should not exist; the fields are overlapSeconds']);
  });
});
