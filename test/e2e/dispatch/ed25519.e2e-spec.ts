import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verify } from '../../../docs/examples/verify-public-key.js';
import { webhookUuidOf } from '../../../src/common/ids.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { AesSecretCipher } from '../../../src/webhooks/aes-secret-cipher.js';
import { SecretsReencryption } from '../../../src/webhooks/secrets-reencryption.js';
import { WebhookHealthService } from '../../../src/webhooks/webhook-health.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver, type ReceivedRequest } from '../../support/receiver.js';
import { newUserId } from '../support/subscriber.js';

const OLD_KEY = randomBytes(32);
const NEW_KEY = randomBytes(32);
const PUBLIC_KEY = /^whpk_[A-Za-z0-9+/]{43}=$/;

/** Whether each public key verifies the request. */
function verdictsOf({ body, headers }: ReceivedRequest, ...publicKeys: string[]): boolean[] {
  return publicKeys.map((publicKey) => {
    try {
      return verify(Buffer.from(body), headers, publicKey) !== undefined;
    } catch (error) {
      if ((error as Error).message !== 'not signed by us') throw error;
      return false;
    }
  });
}

describe('A webhook with Ed25519', () => {
  let service: TestApp;
  let prisma: PrismaService;

  beforeAll(async () => {
    service = await startApp({
      env: { SECRETS_KEY: NEW_KEY.toString('hex'), SECRETS_KEY_FALLBACKS: OLD_KEY.toString('hex') },
    });
    prisma = service.app.get(PrismaService);
  });

  afterAll(async () => {
    await service.close();
  });

  async function given(signature: string | undefined = 'ed25519') {
    const receiver = await Receiver.start();
    const userId = newUserId();
    const api = await service.as(userId);
    const { status, body } = await api.post('/v1/webhooks', {
      url: receiver.url,
      events: ['extraction.completed'],
      signature,
    });
    expect(status).toBe(200);
    const { secret, webhook } = body.data;
    const path = `/v1/webhooks/${webhook.id}`;
    return {
      receiver,
      api,
      secret,
      webhook,
      path,
      publish: () => api.publish({ userId }),
      id: webhookUuidOf(webhook.id)!,
    };
  }

  it('shows its public key in every response, and no secret', async () => {
    const { receiver, api, secret, webhook, path } = await given();
    const { publicKey } = webhook;
    expect([secret, webhook.signature]).toEqual([null, 'ed25519']);
    expect(publicKey).toMatch(PUBLIC_KEY);
    const answers = [
      (await api.get(path)).body.data,
      (await api.get('/v1/webhooks')).body.data[0],
      (await api.patch(path, { description: 'x' })).body.data,
      (await api.patch(path, { signature: 'ed25519' })).body.data,
      await service.app.get(WebhookHealthService).get(webhook.id),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ signature: 'ed25519', publicKey });
    await receiver.close();
  });

  it('signs events and test events with v1a, and without x-docmap-signature', async () => {
    const { receiver, api, webhook, path, publish } = await given();
    const stranger = await given();
    await publish();
    await receiver.received(1);
    await publish();
    await receiver.received(2);
    await api.post(`${path}/test`);
    const requests = await receiver.received(3);
    for (const request of requests) {
      expect(request.headers['webhook-signature']).toMatch(/^v1a,[A-Za-z0-9+/]{86}==$/);
      expect(request.headers).not.toHaveProperty('x-docmap-signature');
      expect(verdictsOf(request, webhook.publicKey, stranger.webhook.publicKey)).toEqual([true, false]);
      expect(verdictsOf({ ...request, body: request.body.replace('data', 'date') }, webhook.publicKey)).toEqual([
        false,
      ]);
    }
    await stranger.receiver.close();
    await receiver.close();
  });

  it('signs with the new and the old key while a rotation overlaps', async () => {
    const { receiver, api, webhook, path, publish } = await given();
    const { secret, webhook: rotated } = (await api.post(`${path}/rotate-secret`, {})).body.data;
    expect([secret, rotated.signature]).toEqual([null, 'ed25519']);
    expect(rotated.publicKey).toMatch(PUBLIC_KEY);
    expect(rotated.publicKey).not.toBe(webhook.publicKey);
    expect((await api.get(path)).body.data.publicKey).toBe(rotated.publicKey);
    await publish();
    const [during] = await receiver.received(1);
    expect(during!.headers['webhook-signature']).toMatch(/^v1a,\S{88} v1a,\S{88}$/);
    expect(verdictsOf(during!, rotated.publicKey, webhook.publicKey)).toEqual([true, true]);
    const last = (await api.post(`${path}/rotate-secret`, { overlapSeconds: 0 })).body.data.webhook;
    await publish();
    const after = (await receiver.received(2))[1]!;
    expect(verdictsOf(after, last.publicKey, rotated.publicKey)).toEqual([true, false]);
    await receiver.close();
  });

  it('stores its private key as the cipher stores secrets, and re-encryption keeps the key', async () => {
    const { receiver, webhook, publish, id } = await given();
    const { secret } = await prisma.webhook.findUniqueOrThrow({ where: { id } });
    const [oldCipher, newCipher] = [new AesSecretCipher(OLD_KEY), new AesSecretCipher(NEW_KEY)];
    const privateKey = newCipher.decrypt(secret, id);
    expect(privateKey).toMatch(/^[0-9a-f]{64}$/);
    await prisma.webhook.update({ where: { id }, data: { secret: new Uint8Array(oldCipher.encrypt(privateKey, id)) } });
    expect(await service.app.get(SecretsReencryption).run()).toMatchObject({ reencrypted: 1, unreadable: [] });
    const after = await prisma.webhook.findUniqueOrThrow({ where: { id } });
    expect(newCipher.decrypt(after.secret, id)).toBe(privateKey);
    await publish();
    const [request] = await receiver.received(1);
    expect(verdictsOf(request!, webhook.publicKey)).toEqual([true]);
    await receiver.close();
  });

  it.each([
    ['ed25519', 'hmac-sha256'],
    ['hmac-sha256', 'ed25519'],
  ])('keeps its kind of signature: %s can not become %s', async (present, other) => {
    const { receiver, api, webhook, path } = await given(present);
    const { status, body } = await api.patch(path, { signature: other, description: 'changed' });
    expect([status, body.error]).toEqual([
      400,
      {
        code: 'VALIDATION_ERROR',
        message:
          `signature: a webhook keeps its kind of signature, here "${present}"; create another webhook with "${other}" ` +
          '(POST webhooks). rotate-secret makes a new key of the same kind',
      },
    ]);
    expect((await api.get(path)).body.data).toEqual(webhook);
    await receiver.close();
  });

  it.each(['ED25519', 'rsa', null, 1, ['ed25519']])('is not made with the signature %j', async (signature) => {
    const api = await service.as(newUserId());
    const { status, body } = await api.post('/v1/webhooks', {
      url: 'https://your-app.com/hook',
      events: ['extraction.completed'],
      signature,
    });
    expect([status, body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(body.error.message).toMatch(/^signature: .+ is not a kind of signature; use .*hmac-sha256/);
  });
});
