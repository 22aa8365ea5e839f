import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PrismaService } from '../../src/database/prisma.service.js';
import { AesSecretCipher } from '../../src/webhooks/aes-secret-cipher.js';
import { SecretsReencryption } from '../../src/webhooks/secrets-reencryption.js';
import { WebhooksRepository } from '../../src/webhooks/webhooks.repository.js';
import { eventually } from '../support/api-client.js';
import { startApp, type TestApp } from '../support/app.js';
import { Receiver } from '../support/receiver.js';
import { newSubscriber, type Subscriber } from './support/subscriber.js';

const OLD_KEY = randomBytes(32);
const NEW_KEY = randomBytes(32);
const SECRET = 'Bearer s3cr3t-of-the-gateway';
const MASK = '********';

/** Changes the headers, and returns those of the response. */
async function change({ api, webhookId }: Subscriber, headers: unknown): Promise<unknown> {
  const { body } = await api.patch(`/v1/webhooks/${webhookId}`, { headers });
  return body.data?.headers ?? body.error.message;
}

describe('The headers of a webhook', () => {
  let service: TestApp;
  let receiver: Receiver;
  let prisma: PrismaService;

  beforeAll(async () => {
    service = await startApp({
      env: {
        SECRETS_KEY: NEW_KEY.toString('hex'),
        SECRETS_KEY_FALLBACKS: OLD_KEY.toString('hex'),
        RETRY_SCHEDULE: '0s',
      },
    });
    prisma = service.app.get(PrismaService);
    receiver = await Receiver.start();
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(async () => {
    await receiver?.close();
    await service?.close();
  });

  const stored = ({ webhookUuid: id }: Subscriber) => prisma.webhook.findUniqueOrThrow({ where: { id } });

  /** The headers of the request that an event makes. */
  async function sent({ api, publish }: Subscriber): Promise<Record<string, unknown>> {
    const { id } = await publish();
    const state = await eventually(async () => {
      const [delivery] = (await api.get(`/v1/events/${id}`)).body.data.deliveries;
      return delivery.state === 'pending' ? undefined : delivery;
    }, 'the end of the delivery');
    return receiver.requests.find(({ headers }) => headers['webhook-id'] === state.id)?.headers ?? {};
  }

  it('arrive with each request, and no response shows their values', async () => {
    const { api, userId } = await newSubscriber(service, 'https://your-app.com/hook');
    const events = ['extraction.completed'];
    const headers = { Authorization: SECRET, 'x-api-key': '1' };
    const created = await api.post('/v1/webhooks', { url: receiver.url, events, headers });
    const { id } = created.body.data.webhook;
    await api.publish({ userId });
    const [request] = await receiver.received(1);
    expect(request?.headers).toMatchObject({
      authorization: SECRET,
      'x-api-key': '1',
      'content-type': 'application/json',
    });
    const [record] = (await api.log(1, `&webhookId=${id}`)) as { id: string }[];
    const detail = await api.get(`/v1/webhooks/deliveries/${record?.id}`);
    expect(detail.body.data.request.headers).toMatchObject({
      authorization: MASK,
      'x-api-key': MASK,
      'x-docmap-attempt': '1',
    });
    const shown = [created.body.data.webhook, (await api.get(`/v1/webhooks/${id}`)).body.data];
    for (const webhook of shown) expect(webhook.headers).toEqual({ Authorization: MASK, 'x-api-key': MASK });
    expect(JSON.stringify([detail.body, created.body, (await api.get('/v1/webhooks')).body])).not.toContain(SECRET);
  });

  it('are stored encrypted, bound to their webhook and to their name', async () => {
    const [one, other] = [await newSubscriber(service, receiver.url), await newSubscriber(service, receiver.url)];
    for (const subscriber of [one, other]) await change(subscriber, { 'x-a': SECRET, 'x-b': 'value of b' });
    const [{ headers, headersKey }, foreign] = [await stored(one), await stored(other)];
    expect(JSON.stringify(headers) + Buffer.from(headersKey ?? []).toString('latin1')).not.toContain(SECRET);
    const values = headers as Record<string, string>;
    const moved = [
      { headers: { 'x-a': values['x-b'], 'x-b': values['x-a'] }, headersKey },
      { headers: foreign.headers ?? {}, headersKey: foreign.headersKey },
    ];
    for (const [index, data] of moved.entries()) {
      await prisma.webhook.update({ where: { id: one.webhookUuid }, data });
      expect(await sent(one)).toEqual({});
      const records = await one.api.log(index + 1);
      expect(records[0]).toMatchObject({ status: 'failed', error: 'the headers could not be read', durationMs: 0 });
    }
    await prisma.webhook.update({ where: { id: one.webhookUuid }, data: { headers: values, headersKey } });
    expect(await sent(one)).toMatchObject({ 'x-a': SECRET, 'x-b': 'value of b' });
  });

  it('are replaced by a change; a mask keeps a value, and the shown webhook can be sent back', async () => {
    const subscriber = await newSubscriber(service, receiver.url);
    expect(await change(subscriber, { 'X-Keep': SECRET, 'x-drop': 'd' })).toEqual({ 'X-Keep': MASK, 'x-drop': MASK });
    expect(await change(subscriber, { 'X-Keep': MASK, 'x-drop': MASK })).toEqual({ 'X-Keep': MASK, 'x-drop': MASK });
    expect(await sent(subscriber)).toMatchObject({ 'x-keep': SECRET, 'x-drop': 'd' });
    expect(await change(subscriber, { 'x-keep': MASK, 'x-new': 'n' })).toEqual({ 'x-keep': MASK, 'x-new': MASK });
    const request = await sent(subscriber);
    expect(request).toMatchObject({ 'x-keep': SECRET, 'x-new': 'n' });
    expect(request).not.toHaveProperty('x-drop');
    expect(await change(subscriber, { 'x-drop': MASK })).toBe(
      'headers.x-drop has no stored value to keep: send the value itself',
    );
    expect(await change(subscriber, undefined)).toEqual({ 'x-keep': MASK, 'x-new': MASK });
    expect(await change(subscriber, null)).toEqual({});
    expect(await stored(subscriber)).toMatchObject({ headers: null, headersKey: null });
    expect(await sent(subscriber)).not.toHaveProperty('x-keep');
  });

  it('are not kept from before a change that came in between', async () => {
    const subscriber = await newSubscriber(service, receiver.url);
    await change(subscriber, { 'x-a': 'old' });
    const repository = service.app.get(WebhooksRepository);
    const find = repository.find.bind(repository);
    jest.spyOn(repository, 'find').mockImplementationOnce(async (id) => {
      const found = await find(id);
      await change(subscriber, { 'x-a': 'new' });
      return found;
    });
    expect(await change(subscriber, { 'x-a': MASK })).toBe(
      'The headers were changed at the same time. Repeat the request.',
    );
    expect(await sent(subscriber)).toMatchObject({ 'x-a': 'new' });
  });

  it('move to a new key of the service like signing secrets', async () => {
    const subscriber = await newSubscriber(service, receiver.url);
    await change(subscriber, { 'x-a': SECRET });
    const { headers, headersKey, secret } = await stored(subscriber);
    const { webhookUuid: id } = subscriber;
    const [oldCipher, newCipher] = [new AesSecretCipher(OLD_KEY), new AesSecretCipher(NEW_KEY)];
    const key = newCipher.decrypt(headersKey ?? new Uint8Array(), id);
    await prisma.webhook.update({ where: { id }, data: { headersKey: oldCipher.encrypt(key, id) } });
    const before = await service.app.get(SecretsReencryption).run();
    expect([before.reencrypted, before.unreadable]).toEqual([1, []]);
    const after = await stored(subscriber);
    expect(after).toMatchObject({ headers, secret });
    expect(newCipher.decrypt(after.headersKey ?? new Uint8Array(), id)).toBe(key);
    expect(await sent(subscriber)).toMatchObject({ 'x-a': SECRET });
    await prisma.webhook.update({ where: { id }, data: { headersKey: new Uint8Array(80) } });
    const { unreadable } = await service.app.get(SecretsReencryption).run();
    expect(unreadable).toEqual([`${subscriber.webhookId}: headers`]);
  });

  it.each<[unknown, string]>([
    [[], 'headers must be an object of texts, such as {"x-api-key": "…"}'],
    [null, 'headers must be an object of texts, such as {"x-api-key": "…"}'],
    [Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`x-${n}`, 'v'])), 'headers has 11 names; use at most 10'],
    [{ 'x a': 'v' }, 'headers: "x a" is not the name of a header; use 1 to 64 letters, digits and hyphens'],
    [{ '': 'v' }, 'headers: "" is not the name of a header'],
    [{ [`x${'y'.repeat(64)}`]: 'v' }, 'headers: a field with a name of 65 characters is not the name of a header'],
    [{ 'x-a': '1', 'X-A': '2' }, 'headers.X-A must not repeat: case does not matter'],
    [{ 'x-a': '' }, 'headers.x-a must be a text of 1 to 1024 visible ASCII characters'],
    [{ 'x-a': 1 }, 'headers.x-a must be a text of 1 to 1024 visible ASCII characters'],
    [{ 'x-a': 'secret\r\nx-b: 1' }, 'headers.x-a must be a text of 1 to 1024 visible ASCII characters'],
    [{ 'x-a': ' secret' }, 'headers.x-a must be a text of 1 to 1024 visible ASCII characters'],
    [{ 'x-a': 'sécret' }, 'headers.x-a must be a text of 1 to 1024 visible ASCII characters'],
    [{ 'x-a': 's'.repeat(1_025) }, 'headers.x-a must be a text of 1 to 1024 visible ASCII characters'],
    [{ 'x-a': MASK }, `headers.x-a must be the value itself, not "${MASK}"`],
    ...[
      'Host',
      'Content-Type',
      'content-encoding',
      'webhook-signature',
      'X-DocMap-Signature',
      'user-agent',
      'Connection',
    ]
      .concat('te', 'transfer-encoding', 'proxy-authorization', 'traceparent', 'accept', 'expect', 'upgrade')
      .map((name): [unknown, string] => [
        { [name]: 'secret' },
        `headers.${name} is set by the service or by HTTP; use another name`,
      ]),
  ])('refuse %j', async (headers, message) => {
    const { status, body } = await service.api.post('/v1/webhooks', { url: receiver.url, events: ['*'], headers });
    expect([status, body.error.message]).toEqual([400, expect.stringContaining(message)]);
    expect(body.error.message).not.toMatch(/s[eé]cret/);
  });

  it('accept names and values at their limits', async () => {
    const subscriber = await newSubscriber(service, receiver.url);
    const headers = { [`x${'y'.repeat(63)}`]: 's'.repeat(1_024), "!#$%&'*+.^_`|~": '~ !', cookie: 'a=b; c=d' };
    expect(Object.keys((await change(subscriber, headers)) as object)).toHaveLength(3);
    expect(await sent(subscriber)).toMatchObject({ [`x${'y'.repeat(63)}`]: 's'.repeat(1_024), cookie: 'a=b; c=d' });
  });
});
