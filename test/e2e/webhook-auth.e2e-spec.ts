import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PrismaService } from '../../src/database/prisma.service.js';
import { AesSecretCipher } from '../../src/webhooks/aes-secret-cipher.js';
import { SecretsReencryption } from '../../src/webhooks/secrets-reencryption.js';
import { WebhooksRepository } from '../../src/webhooks/webhooks.repository.js';
import { startApp, type TestApp } from '../support/app.js';
import { CertificateAuthority, type ServerCertificate } from '../support/certificates.js';
import type { Receiver } from '../support/receiver.js';
import { startTokenServer } from '../support/token-server.js';
import { newSubscriber, type Subscriber } from './support/subscriber.js';

const OLD_KEY = randomBytes(32);
const NEW_KEY = randomBytes(32);
const MASK = '********';
const SECRET = 's3cr3t-of-the-client';
const HOOK = 'https://your-app.com/hook';
const TOKEN_URL = 'https://login.your-app.com/token';
const OAUTH2 = { type: 'oauth2', tokenUrl: TOKEN_URL, clientId: 'docmap', clientSecret: SECRET };
const SHOWN = { ...OAUTH2, clientSecret: MASK };

/** The authentication after a change, or the message of its refusal. */
async function change({ api, webhookId }: Subscriber, auth: unknown): Promise<unknown> {
  const { body } = await api.patch(`/v1/webhooks/${webhookId}`, { auth });
  return body.data === undefined ? body.error.message : body.data.auth;
}

function mtls({ cert: certificate, key: privateKey }: ServerCertificate) {
  return { type: 'mtls', certificate, privateKey };
}

describe('The authentication of a webhook', () => {
  let service: TestApp;
  let prisma: PrismaService;
  let directory: string;
  let authority: CertificateAuthority;
  let one: ServerCertificate;

  beforeAll(async () => {
    service = await startApp({
      env: {
        SECRETS_KEY: NEW_KEY.toString('hex'),
        SECRETS_KEY_FALLBACKS: OLD_KEY.toString('hex'),
        RETRY_SCHEDULE: '0s',
      },
    });
    prisma = service.app.get(PrismaService);
    directory = await mkdtemp(join(tmpdir(), 'docmap-test-auth-'));
    authority = await CertificateAuthority.create(join(directory, 'authority'));
    one = await authority.issue('one', { name: 'DNS:one.example', shownBy: 'client' });
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(async () => {
    await service?.close();
    if (directory) await rm(directory, { recursive: true });
  });

  const stored = ({ webhookUuid: id }: Subscriber) => prisma.webhook.findUniqueOrThrow({ where: { id } });

  it('is shown without its secret, and stored encrypted', async () => {
    const subscriber = await newSubscriber(service, HOOK);
    const { api } = subscriber;
    const scope = 'webhooks:write other';
    const created = await api.post('/v1/webhooks', { url: HOOK, events: ['*'], auth: { ...OAUTH2, scope } });
    expect(created.body.data.webhook.auth).toEqual({ ...SHOWN, scope });
    expect(await change(subscriber, OAUTH2)).toEqual(SHOWN);
    const { auth, authKey } = await stored(subscriber);
    expect(JSON.stringify(auth) + Buffer.from(authKey ?? []).toString('latin1')).not.toContain(SECRET);
    const answers = [created.body, (await api.get('/v1/webhooks')).body];
    expect(JSON.stringify(answers)).not.toContain(SECRET);
    expect(await change(subscriber, mtls(one))).toEqual({ ...mtls(one), privateKey: MASK });
    expect(JSON.stringify(await stored(subscriber))).not.toContain(one.key.split('\n')[1]);
    expect(await change(subscriber, undefined)).toEqual({ ...mtls(one), privateKey: MASK });
    expect(await change(subscriber, null)).toBeNull();
    expect(await stored(subscriber)).toMatchObject({ auth: null, authKey: null });
    const none = await api.post('/v1/webhooks', { url: HOOK, events: ['*'], auth: null });
    expect(none.body.data.webhook.auth).toBeNull();
  });

  it('stores the token URL as it is called, and a certificate without the text around it', async () => {
    const subscriber = await newSubscriber(service, HOOK);
    expect(await change(subscriber, { ...OAUTH2, tokenUrl: 'HTTPS://Login.Your-App.com:443/a/../token' })).toEqual(
      SHOWN,
    );
    const chain = `Bag Attributes\n${one.cert}issuer=x\n${(await authority.selfSigned()).cert}`;
    const shown = { type: 'mtls', certificate: one.cert + (await authority.selfSigned()).cert, privateKey: MASK };
    expect(await change(subscriber, { ...mtls(one), certificate: chain })).toEqual(shown);
  });

  it('keeps its secret when a change has the mask, and changes nothing when it is sent back as it is shown', async () => {
    const subscriber = await newSubscriber(service, HOOK);
    await change(subscriber, OAUTH2);
    const before = await stored(subscriber);
    expect(await change(subscriber, SHOWN)).toEqual(SHOWN);
    expect(await stored(subscriber)).toMatchObject({ auth: before.auth, authKey: before.authKey });
    expect(await change(subscriber, { ...SHOWN, clientId: 'other' })).toEqual({ ...SHOWN, clientId: 'other' });
    expect((await stored(subscriber)).auth).not.toMatchObject({
      clientSecret: (before.auth as typeof OAUTH2).clientSecret,
    });
    expect(await change(subscriber, { ...SHOWN, tokenUrl: 'https://attacker.example/token' })).toBe(
      'auth.clientSecret must be the value itself with another tokenUrl: "********" keeps it only for its own tokenUrl',
    );
    const noKey = { ...mtls(one), privateKey: MASK };
    expect(await change(subscriber, noKey)).toBe('auth.privateKey has no stored value to keep: send the value itself');
  });

  it('keeps no secret from before a change that came in between', async () => {
    const subscriber = await newSubscriber(service, HOOK);
    await change(subscriber, OAUTH2);
    const repository = service.app.get(WebhooksRepository);
    const find = repository.find.bind(repository);
    jest.spyOn(repository, 'find').mockImplementationOnce(async (id) => {
      const found = await find(id);
      await change(subscriber, { ...OAUTH2, clientSecret: 'newer' });
      return found;
    });
    expect(await change(subscriber, { ...SHOWN, clientId: 'x' })).toBe(
      'auth was changed at the same time. Repeat the request.',
    );
  });

  it('moves to a new key of the service like signing secrets', async () => {
    const subscriber = await newSubscriber(service, HOOK);
    await change(subscriber, OAUTH2);
    const { webhookUuid: id } = subscriber;
    const { auth, authKey } = await stored(subscriber);
    const [oldCipher, newCipher] = [new AesSecretCipher(OLD_KEY), new AesSecretCipher(NEW_KEY)];
    const key = newCipher.decrypt(authKey ?? new Uint8Array(), id);
    await prisma.webhook.update({ where: { id }, data: { authKey: oldCipher.encrypt(key, id) } });
    const { reencrypted, unreadable } = await service.app.get(SecretsReencryption).run();
    expect([reencrypted, unreadable]).toEqual([1, []]);
    const after = await stored(subscriber);
    expect(after.auth).toEqual(auth);
    expect(newCipher.decrypt(after.authKey ?? new Uint8Array(), id)).toBe(key);
    await prisma.webhook.update({ where: { id }, data: { authKey: new Uint8Array(80) } });
    const damaged = await service.app.get(SecretsReencryption).run();
    expect(damaged.unreadable).toEqual([`${subscriber.webhookId}: auth`]);
    await service.api.delete(`/v1/webhooks/${subscriber.webhookId}`);
  });

  it('fails each attempt when it was moved to another webhook, without a request', async () => {
    const server: Receiver = await startTokenServer();
    const [victim, thief] = [await newSubscriber(service, server.url), await newSubscriber(service, server.url)];
    for (const each of [victim, thief]) await change(each, { ...OAUTH2, tokenUrl: server.url });
    const { auth, authKey } = await stored(victim);
    await prisma.webhook.update({ where: { id: thief.webhookUuid }, data: { auth: auth ?? {}, authKey } });
    await thief.publish();
    expect(await thief.api.log(1)).toMatchObject([
      { status: 'failed', error: 'the authentication could not be read', durationMs: 0 },
    ]);
    expect(server.requests).toEqual([]);
    await server.close();
  });

  it('does not stand next to a header that it sets, in any order of requests', async () => {
    const message =
      'headers.authorization must not exist with auth of type oauth2, which sets the same header; remove one of them';
    const headers = { Authorization: 'Bearer x' };
    const create = await service.api.post('/v1/webhooks', { url: HOOK, events: ['*'], headers, auth: OAUTH2 });
    expect([create.status, create.body.error.message]).toEqual([400, message]);
    const withHeader = await newSubscriber(service, HOOK);
    const path = `/v1/webhooks/${withHeader.webhookId}`;
    await withHeader.api.patch(path, { headers });
    expect(await change(withHeader, OAUTH2)).toBe(message);
    expect(await change(withHeader, mtls(one))).toMatchObject({ type: 'mtls' });
    expect((await withHeader.api.patch(path, { headers: null, auth: OAUTH2 })).status).toBe(200);
    expect((await withHeader.api.patch(path, { headers })).body.error.message).toBe(message);
    expect((await withHeader.api.patch(path, { headers, auth: null })).status).toBe(200);
  });

  it('has no client certificate without TLS, in any order of requests', async () => {
    const message = 'auth of type mtls must have an HTTPS url: a client certificate needs TLS';
    const plain = 'http://your-app.com:8080/hook';
    const create = await service.api.post('/v1/webhooks', { url: plain, events: ['*'], auth: mtls(one) });
    expect([create.status, create.body.error.message]).toEqual([400, message]);
    const subscriber = await newSubscriber(service, plain);
    expect(await change(subscriber, mtls(one))).toBe(message);
    const path = `/v1/webhooks/${subscriber.webhookId}`;
    expect((await subscriber.api.patch(path, { auth: mtls(one), url: HOOK })).status).toBe(200);
    expect((await subscriber.api.patch(path, { url: plain })).body.error.message).toBe(message);
  });

  it.each<[unknown, string]>([
    ['s3cr3t', 'auth is no object; use an object with type oauth2 or mtls, or null'],
    [[], 'auth is no object; use an object with type oauth2 or mtls, or null'],
    [{}, 'auth.type is missing; use oauth2 or mtls'],
    [{ type: 'basic' }, 'auth.type: "basic" is not a kind of authentication; use oauth2 or mtls'],
    [{ type: 'toString' }, 'auth.type: "toString" is not a kind of authentication'],
    [{ type: ['oauth2'] }, 'auth.type: an array is not a kind of authentication'],
    [{ ...OAUTH2, secret: SECRET }, 'auth.secret should not exist; the fields of oauth2 are tokenUrl, clientId'],
    [{ ...OAUTH2, privateKey: SECRET }, 'auth.privateKey should not exist; the fields of oauth2 are'],
    [{ ...OAUTH2, constructor: 1 }, 'auth.constructor should not exist'],
    [{ type: 'oauth2' }, 'auth.tokenUrl is missing; it must be a text such as https://'],
    [{ ...OAUTH2, tokenUrl: null }, 'auth.tokenUrl must be a text such as https://'],
    [{ ...OAUTH2, tokenUrl: 'login' }, 'auth.tokenUrl must be an absolute URL'],
    [{ ...OAUTH2, tokenUrl: 'https://169.254.169.254/token' }, 'auth.tokenUrl must not point to a private or reserved'],
    [{ ...OAUTH2, tokenUrl: 'https://10.0.0.1/token' }, 'auth.tokenUrl must not point to a private or reserved'],
    [{ ...OAUTH2, tokenUrl: 'https://localhost/token' }, 'auth.tokenUrl must have a public host name'],
    [{ ...OAUTH2, tokenUrl: `https://a:${SECRET}@b.example/` }, 'auth.tokenUrl must not contain credentials'],
    [{ ...OAUTH2, tokenUrl: `https://b.example/${'x'.repeat(2_048)}` }, 'auth.tokenUrl must not be longer than 2048'],
    [{ ...OAUTH2, clientId: '' }, 'auth.clientId must be a text of 1 to 256 ASCII characters'],
    [{ ...OAUTH2, clientId: 'x'.repeat(257) }, 'auth.clientId must be a text of 1 to 256 ASCII characters'],
    [{ ...OAUTH2, clientId: 7 }, 'auth.clientId must be a text of 1 to 256 ASCII characters'],
    [
      { ...OAUTH2, clientSecret: `${SECRET}\r\nx: 1` },
      'auth.clientSecret must be a text of 1 to 1024 ASCII characters',
    ],
    [{ ...OAUTH2, clientSecret: `${SECRET}é` }, 'auth.clientSecret must be a text of 1 to 1024 ASCII characters'],
    [{ ...OAUTH2, clientSecret: MASK }, 'auth.clientSecret must be the value itself, not "********"'],
    ...['', ' a', 'a  b', 'a b ', 'a"b', 'a\\b', 'é', 'a\nb'].map((scope): [unknown, string] => [
      { ...OAUTH2, scope },
      'auth.scope must be a text of 1 to 1024 characters: scopes of visible ASCII',
    ]),
    [{ ...OAUTH2, scope: null }, 'auth.scope must be a text'],
    [{ type: 'mtls', certificate: 'x' }, 'auth.certificate must be a text in PEM form'],
    [{ type: 'mtls', certificate: '-----BEGIN '.repeat(2_000) }, 'auth.certificate must be a text in PEM form'],
  ])('refuses %j', async (auth, message) => {
    const { status, body } = await service.api.post('/v1/webhooks', { url: HOOK, events: ['*'], auth });
    expect([status, body.error.message]).toEqual([400, expect.stringContaining(message)]);
    expect(body.error.message).not.toContain('s3cr3t');
  });
});
