import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { verify } from '../../../docs/examples/verify-public-key.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { WebhooksService } from '../../../src/webhooks/webhooks.service.js';
import { eventually } from '../../support/api-client.js';
import { startHost, type TestHost } from '../../support/host.js';
import { Receiver } from '../../support/receiver.js';
import { startTokenServer, tokenOf } from '../../support/token-server.js';
import { Kms, KmsCipher } from '../support/kms.js';
import { newSubscriber, newUserId, type Subscriber } from '../support/subscriber.js';

const SLOTS = 4;

async function stateOf({ api }: Subscriber, id: string) {
  const { body } = await api.get(`/v1/events/${id}`);
  return body.data.deliveries as { state: string; attempts: number }[];
}

describe('A host application that keeps the key of signing secrets in a KMS', () => {
  let kms: Kms;
  let host: TestHost;
  let receiver: Receiver;

  beforeAll(async () => {
    kms = await Kms.start();
    const secretCipher = { useValue: new KmsCipher(kms.url) };
    host = await startHost({ options: { secretCipher, dispatchConcurrency: SLOTS, retrySchedule: '0s' } });
  });

  beforeEach(async () => {
    receiver = await Receiver.start();
  });

  afterEach(async () => {
    kms.recover();
    await receiver.close();
  });

  afterAll(async () => {
    await host.close();
    await kms.stop();
  });

  const subscriber = () => newSubscriber(host, receiver.url);

  it('signs deliveries with the secret of the webhook, and asks the KMS once for it', async () => {
    const { publish, secret, webhookUuid } = await subscriber();
    for (let count = 1; count <= 3; count += 1) {
      await publish();
      await receiver.received(count);
    }
    for (const { body, headers } of receiver.requests) {
      expect(() => new Webhook(secret).verify(body, headers as Record<string, string>)).not.toThrow();
    }
    expect(kms.decrypted.filter((context) => context === webhookUuid)).toHaveLength(1);
  });

  it('gives the KMS only keys in the form of signing secrets, and sends the headers of the owner', async () => {
    const { publish, api, webhookId, webhookUuid } = await subscriber();
    const headers = { 'x-a': 'a'.repeat(1_000), 'x-b': 'b' };
    expect((await api.patch(`/v1/webhooks/${webhookId}`, { headers })).status).toBe(200);
    await publish();
    const [request] = await receiver.received(1);
    expect(request?.headers).toMatchObject(headers);
    // The secret, and the key of the headers.
    expect(kms.decrypted.filter((context) => context === webhookUuid)).toHaveLength(2);
    expect(kms.encrypted.every((plaintext) => /^[0-9a-f]{64}$/.test(plaintext))).toBe(true);
    kms.mode = 'unavailable';
    expect((await api.patch(`/v1/webhooks/${webhookId}`, { headers })).status).toBe(503);
  });

  it('keeps the authentication at a receiver, and waits for the KMS before it is sent', async () => {
    const server = await startTokenServer();
    const { publish, api, webhookId, webhookUuid } = await subscriber();
    const auth = { type: 'oauth2', tokenUrl: server.url, clientId: 'docmap', clientSecret: 'x'.repeat(1_000) };
    expect((await api.patch(`/v1/webhooks/${webhookId}`, { auth })).status).toBe(200);
    await publish();
    const [request] = await receiver.received(1);
    expect(request?.headers.authorization).toBe(`Bearer ${tokenOf(1)}`);
    // The secret, and the key of the authentication.
    expect(kms.decrypted.filter((context) => context === webhookUuid)).toHaveLength(2);
    expect(kms.encrypted.every((plaintext) => /^[0-9a-f]{64}$/.test(plaintext))).toBe(true);
    kms.mode = 'unavailable';
    expect((await api.patch(`/v1/webhooks/${webhookId}`, { auth })).status).toBe(503);
    await server.close();
  });

  it('signs with the Ed25519 key of a webhook that the host registers, and keeps it in the form of a secret', async () => {
    const service = host.app.get(WebhooksService);
    const caller = { userId: newUserId(), keyId: 'host', scopes: ['webhooks'] } as const;
    const input = { url: receiver.url, events: ['extraction.completed'], signature: 'ed25519' as const };
    const { secret, webhook } = await service.create(caller, input);
    const rotated = await service.rotateSecret(caller, webhook.id);
    expect([secret, rotated.secret]).toEqual([null, null]);
    await host.api.publish({ userId: caller.userId });
    const [request] = await receiver.received(1);
    for (const key of [webhook.publicKey, rotated.webhook.publicKey]) {
      expect(verify(Buffer.from(request!.body), request!.headers, key ?? '')).toHaveProperty('data');
    }
    expect(kms.encrypted.every((plaintext) => /^[0-9a-f]{64}$/.test(plaintext))).toBe(true);
  });

  it('signs with both secrets during a rotation', async () => {
    const { publish, secret, webhookId, api } = await subscriber();
    const { body } = await api.post(`/v1/webhooks/${webhookId}/rotate-secret`, {});
    await publish();
    const [request] = await receiver.received(1);
    for (const each of [secret, body.data.secret as string]) {
      const headers = request!.headers as Record<string, string>;
      expect(() => new Webhook(each).verify(request!.body, headers)).not.toThrow();
    }
  });

  it.each(['unavailable', 'silent'] as const)(
    'delivers to all webhooks whose secrets are known while the KMS is %s, and to the others afterwards',
    async (mode) => {
      const known = await subscriber();
      await known.publish();
      await receiver.received(1);
      // More than the number of slots.
      const others = await Promise.all(Array.from({ length: 2 * SLOTS }, subscriber));
      kms.mode = mode;
      const asked = kms.decrypted.length;
      const events = await Promise.all(others.map((other) => other.publish()));
      await eventually(
        async () => (kms.decrypted.length >= asked + others.length ? true : undefined),
        'the KMS to be asked',
      );
      for (let count = 2; count <= 4; count += 1) {
        await known.publish();
        await receiver.received(count);
      }
      for (const [index, other] of others.entries()) {
        expect(await stateOf(other, events[index]!.id)).toMatchObject([{ state: 'pending', attempts: 0 }]);
      }

      kms.recover();
      await receiver.received(4 + others.length);
      for (const { api } of others) expect(await api.log(1)).toMatchObject([{ status: 'success', attempt: 1 }]);
    },
  );

  it('answers 503 to requests that need a new secret while the KMS is away, and changes nothing', async () => {
    const { api, webhookId, webhookUuid } = await subscriber();
    const stored = () => host.app.get(PrismaService).webhook.findUniqueOrThrow({ where: { id: webhookUuid } });
    const before = await stored();
    kms.mode = 'unavailable';
    const created = await api.post('/v1/webhooks', { url: receiver.url, events: ['extraction.completed'] });
    const rotated = await api.post(`/v1/webhooks/${webhookId}/rotate-secret`, {});
    for (const { status, body, headers } of [created, rotated]) {
      expect([status, body.error.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
      expect(headers.get('retry-after')).toBe('5');
    }
    expect(await stored()).toEqual(before);
    expect((await api.get('/v1/webhooks')).body.data).toHaveLength(1);
  });

  it('records a failed attempt when the KMS says that the secret is under another key', async () => {
    const { publish, api } = await subscriber();
    kms.mode = 'other key';
    await publish();
    expect(await api.log(1)).toMatchObject([{ error: 'the signing secret could not be read', attempt: 1 }]);
    expect(receiver.requests).toEqual([]);
  });

  it('starts while the KMS is away, and accepts events', async () => {
    kms.mode = 'unavailable';
    const another = await startHost({ options: { secretCipher: { useValue: new KmsCipher(kms.url) } } });
    try {
      expect((await another.api.post('/v1/webhooks', {})).status).toBe(400);
      expect(await another.api.publish()).toMatchObject({ deliveries: 0 });
    } finally {
      await another.close();
    }
  });
});
