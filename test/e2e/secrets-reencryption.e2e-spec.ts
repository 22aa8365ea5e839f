import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PrismaService } from '../../src/database/prisma.service.js';
import { AesSecretCipher } from '../../src/webhooks/aes-secret-cipher.js';
import { SecretsReencryption } from '../../src/webhooks/secrets-reencryption.js';
import { newSigningSecret } from '../../src/webhooks/signing-secret.js';
import { WebhooksRepository } from '../../src/webhooks/webhooks.repository.js';
import { startApp, type TestApp } from '../support/app.js';
import { newSubscriber, type Subscriber } from './support/subscriber.js';

const URL = 'https://your-app.com/webhooks/docmap';
const OLD_KEY = randomBytes(32);
const NEW_KEY = randomBytes(32);

/** The cipher after the removal of the old key. */
const newCipher = new AesSecretCipher(NEW_KEY);
const oldCipher = new AesSecretCipher(OLD_KEY);

describe('Re-encrypting the signing secrets', () => {
  let service: TestApp;
  let prisma: PrismaService;
  let webhook: Subscriber;

  beforeAll(async () => {
    service = await startApp({
      env: { SECRETS_KEY: NEW_KEY.toString('hex'), SECRETS_KEY_FALLBACKS: OLD_KEY.toString('hex') },
    });
    prisma = service.app.get(PrismaService);
  });

  afterAll(async () => {
    await service.close();
  });

  beforeEach(async () => {
    await prisma.webhook.deleteMany();
    webhook = await newSubscriber(service, URL);
    await putUnderOldKey();
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  const run = () => service.app.get(SecretsReencryption).run();

  const stored = ({ webhookUuid: id } = webhook) => prisma.webhook.findUniqueOrThrow({ where: { id } });

  async function putUnderOldKey(): Promise<void> {
    const secret = oldCipher.encrypt(webhook.secret, webhook.webhookUuid);
    await prisma.webhook.update({ where: { id: webhook.webhookUuid }, data: { secret } });
  }

  async function rotate(overlapSeconds: number): Promise<string> {
    const { status, body } = await webhook.api.post(`/v1/webhooks/${webhook.webhookId}/rotate-secret`, {
      overlapSeconds,
    });
    expect(status).toBe(200);
    return body.data.secret as string;
  }

  /** The webhook's secrets, decrypted with the new key only. */
  async function secretsUnderNewKey(): Promise<(string | null)[]> {
    const { id, secret, previousSecret } = await stored();
    return [newCipher.decrypt(secret, id), previousSecret && newCipher.decrypt(previousSecret, id)];
  }

  /** Runs a step between the reading of secrets and their replacement, the first time. */
  function before(replacement: () => Promise<unknown>): void {
    const repository = service.app.get(WebhooksRepository);
    const replaceSecrets = repository.replaceSecrets.bind(repository);
    jest.spyOn(repository, 'replaceSecrets').mockImplementationOnce(async (changes) => {
      await replacement();
      return replaceSecrets(changes);
    });
  }

  it('moves the secret and the previous one to the new key, and changes nothing else', async () => {
    const rotated = await rotate(3_600);
    const was = await stored();
    expect(await run()).toEqual({ reencrypted: 1, alreadyCurrent: 1, unreadable: [] });
    expect(await secretsUnderNewKey()).toEqual([rotated, webhook.secret]);
    expect(await stored()).toEqual({ ...was, previousSecret: expect.anything() });
  });

  it('works twice: the second time nothing is left to do, and nothing is written', async () => {
    expect(await run()).toEqual({ reencrypted: 1, alreadyCurrent: 0, unreadable: [] });
    const first = await stored();
    expect(await run()).toEqual({ reencrypted: 0, alreadyCurrent: 1, unreadable: [] });
    expect(await stored()).toEqual(first);
  });

  it.each([0, 3_600])("never undoes a user's rotation that comes in between (overlap %i s)", async (overlap) => {
    let rotated = '';
    before(async () => (rotated = await rotate(overlap)));
    const report = await run();
    expect(report.unreadable).toEqual([]);
    expect(await secretsUnderNewKey()).toEqual([rotated, overlap === 0 ? null : webhook.secret]);
  });

  it('never brings back a previous secret that was removed in between', async () => {
    await rotate(3_600);
    const removed = { previousSecret: null, previousSecretExpiresAt: null };
    before(() => prisma.webhook.update({ where: { id: webhook.webhookUuid }, data: removed }));
    expect((await run()).unreadable).toEqual([]);
    expect(await stored()).toMatchObject(removed);
  });

  it('is not undone by a rotation that has read the webhook before', async () => {
    const repository = service.app.get(WebhooksRepository);
    const find = repository.find.bind(repository);
    jest.spyOn(repository, 'find').mockImplementationOnce(async (id) => {
      const found = await find(id);
      expect(await run()).toMatchObject({ reencrypted: 1 });
      return found;
    });
    const rotated = await rotate(3_600);
    expect(await secretsUnderNewKey()).toEqual([rotated, webhook.secret]);
  });

  it('is not stopped by a webhook that is deleted in between', async () => {
    before(() => webhook.api.delete(`/v1/webhooks/${webhook.webhookId}`));
    expect(await run()).toEqual({ reencrypted: 0, alreadyCurrent: 0, unreadable: [] });
  });

  it('returns later to a webhook whose row is locked', async () => {
    const { webhookUuid: id } = webhook;
    let running: ReturnType<typeof run> | undefined;
    await prisma.$transaction(async (tx) => {
      await tx.webhook.update({ where: { id }, data: { description: 'changed meanwhile' } });
      running = run();
      await new Promise((resolve) => setTimeout(resolve, 300));
    });
    expect(await running).toEqual({ reencrypted: 1, alreadyCurrent: 0, unreadable: [] });
    expect(await stored()).toMatchObject({ description: 'changed meanwhile' });
    expect(await secretsUnderNewKey()).toEqual([webhook.secret, null]);
  });

  it('leaves the last two secrets under the new key when users rotate during it', async () => {
    const secrets = [webhook.secret];
    const rotations = (async () => {
      for (let count = 0; count < 30; count += 1) secrets.push(await rotate(3_600));
    })();
    const runs = (async () => {
      for (let count = 0; count < 15; count += 1) expect((await run()).unreadable).toEqual([]);
    })();
    await Promise.all([rotations, runs]);
    await run();
    expect(await secretsUnderNewKey()).toEqual(secrets.slice(-2).toReversed());
  });

  it('names unreadable secrets, leaves them unchanged, and re-encrypts all others', async () => {
    const stranger = await newSubscriber(service, URL);
    const lost = new AesSecretCipher(randomBytes(32)).encrypt(stranger.secret, stranger.webhookUuid);
    const damaged = newCipher.encrypt(newSigningSecret(), webhook.webhookUuid).fill(7, 20);
    await prisma.webhook.update({ where: { id: stranger.webhookUuid }, data: { secret: lost } });
    await prisma.webhook.update({ where: { id: webhook.webhookUuid }, data: { previousSecret: damaged } });
    const report = await run();
    expect(report).toMatchObject({ reencrypted: 1, alreadyCurrent: 0 });
    expect(report.unreadable.sort()).toEqual(
      [`${stranger.webhookId}: secret`, `${webhook.webhookId}: previous secret`].sort(),
    );
    expect(await stored(stranger)).toMatchObject({ secret: Buffer.from(lost) });
    expect(await stored()).toMatchObject({ previousSecret: Buffer.from(damaged) });
  });

  it('forgets a previous secret whose time is over, also one that can not be read', async () => {
    await prisma.webhook.update({
      where: { id: webhook.webhookUuid },
      data: { previousSecret: new Uint8Array(80), previousSecretExpiresAt: new Date(Date.now() - 1_000) },
    });
    expect(await run()).toEqual({ reencrypted: 1, alreadyCurrent: 0, unreadable: [] });
    expect(await secretsUnderNewKey()).toEqual([webhook.secret, null]);
  });
});
