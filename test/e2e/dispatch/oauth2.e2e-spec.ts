import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NameResolver } from '../../../src/dispatcher/target-lookup.js';
import { eventually } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver, type ReceivedRequest } from '../../support/receiver.js';
import { answerBytes, ScriptedReceiver } from '../../support/scripted-receiver.js';
import { startTokenServer, tokenOf } from '../../support/token-server.js';
import { newSubscriber, type Subscriber } from '../support/subscriber.js';

const MASK = '********';
const CLIENT = { clientId: 'docmap', clientSecret: 's3cr3t of the client' };
const CREDENTIALS = `Basic ${Buffer.from('docmap:s3cr3t+of+the+client').toString('base64')}`;
const REJECTED = 'The authorization server rejected the client credentials';

/** Leads one name to a private address. */
class PrivateResolver extends NameResolver {
  override async resolve(): Promise<string[]> {
    return ['10.0.0.1'];
  }
}

/** The tokens of requests, in their order of arrival. */
function tokensOf(requests: readonly ReceivedRequest[]): (string | undefined)[] {
  return requests.map(({ headers }) => headers.authorization);
}

const bearer = (number: number): string => `Bearer ${tokenOf(number)}`;

async function authenticate({ api, webhookId }: Subscriber, auth: Record<string, string>): Promise<void> {
  const { status, body } = await api.patch(`/v1/webhooks/${webhookId}`, {
    auth: { type: 'oauth2', ...CLIENT, ...auth },
  });
  expect([status, body.error]).toEqual([200, undefined]);
}

/** Resolves with the record of an event's first attempt. */
async function recordOf({ api, publish }: Subscriber, query = ''): Promise<Record<string, unknown>> {
  const { id } = await publish();
  const [delivery] = (await api.get(`/v1/events/${id}`)).body.data.deliveries;
  const records = await api.log(1, `&deliveryId=${delivery.id}${query}`);
  return records.find(({ attempt }) => attempt === 1) ?? {};
}

describe('A webhook with OAuth 2.0', () => {
  let service: TestApp;
  let open: Receiver[];
  let receiver: Receiver;
  let server: Receiver;

  beforeAll(async () => {
    service = await startApp({
      override: (builder) => builder.overrideProvider(NameResolver).useValue(new PrivateResolver()),
    });
  });

  beforeEach(async () => {
    receiver = await Receiver.start();
    server = await startTokenServer();
    open = [receiver, server];
  });

  afterEach(async () => {
    for (const each of open) await each.close();
  });

  afterAll(async () => {
    await service.close();
  });

  /** A receiver or server in place of the usual one. */
  async function using(start: Promise<Receiver>): Promise<Receiver> {
    const started = await start;
    open.push(started);
    return started;
  }

  /** A user with one webhook that needs tokens. */
  async function subscriber(
    { url = receiver.url, tokenUrl = server.url, ...more }: Record<string, string> = {},
    user?: Subscriber,
  ): Promise<Subscriber> {
    const created = user ?? (await newSubscriber(service, url));
    await authenticate(created, { tokenUrl, ...more });
    return created;
  }

  it('gets one token for 20 deliveries', async () => {
    const { publish, api } = await subscriber({ scope: 'webhooks:write other' });
    for (let count = 1; count <= 20; count += 1) {
      await publish();
      await receiver.received(count);
    }
    expect(new Set(tokensOf(receiver.requests))).toEqual(new Set([bearer(1)]));
    expect(server.requests).toHaveLength(1);
    const [request] = server.requests;
    expect(request).toMatchObject({
      method: 'POST',
      body: 'grant_type=client_credentials&scope=webhooks%3Awrite+other',
      headers: {
        accept: 'application/json',
        authorization: CREDENTIALS,
        'content-type': 'application/x-www-form-urlencoded',
        'user-agent': expect.stringMatching(/^DocMap-Webhooks\//),
      },
    });
    expect(await api.log(20)).toHaveLength(20);
  });

  it('shares one token request among concurrent attempts', async () => {
    const held: ServerResponse[] = [];
    const slow = await using(Receiver.start((_request, response) => void held.push(response)));
    const { publish, api } = await subscriber({ tokenUrl: slow.url });
    await Promise.all(Array.from({ length: 8 }, () => publish()));
    await slow.received(1);
    expect(await api.log(0)).toEqual([]);
    held[0]?.end(JSON.stringify({ access_token: tokenOf(1), token_type: 'bearer' }));
    await receiver.received(8);
    expect(slow.requests).toHaveLength(1);
    expect(new Set(tokensOf(receiver.requests))).toEqual(new Set([bearer(1)]));
  });

  it('gets another token when the lifetime of its token ends', async () => {
    const brief = await using(startTokenServer({ expires_in: 1 }));
    const { publish } = await subscriber({ tokenUrl: brief.url });
    await eventually(async () => {
      await publish();
      await receiver.received(receiver.requests.length + 1);
      return brief.requests.length >= 2 ? true : undefined;
    }, 'another token');
    const tokens = tokensOf(receiver.requests);
    expect([...new Set(tokens)]).toEqual([bearer(1), bearer(2)]);
    expect(tokens.filter((token) => token === bearer(1)).length).toBeGreaterThan(1);
  });

  it('renews a token that the receiver rejects, within the attempt', async () => {
    const strict = await using(
      Receiver.start((request, response) => {
        response.statusCode = request.headers.authorization === bearer(1) ? 401 : 204;
        response.end();
      }),
    );
    const record = await recordOf(await subscriber({ url: strict.url }));
    expect(record).toMatchObject({ status: 'success', httpStatus: 204, error: null, attempt: 1, nextAttemptAt: null });
    expect(tokensOf(strict.requests)).toEqual([bearer(1), bearer(2)]);
    const [first, second] = strict.requests;
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(server.requests).toHaveLength(2);
  });

  it('records the 401 of a receiver that rejects every token, and renews at most once per second', async () => {
    const refusing = await using(Receiver.start((_request, response) => void response.writeHead(401).end('no')));
    const user = await subscriber({ url: refusing.url });
    const record = await recordOf(user);
    expect(record).toMatchObject({ status: 'failed', httpStatus: 401, error: 'HTTP 401', attempt: 1 });
    expect(tokensOf(refusing.requests).slice(0, 2)).toEqual([bearer(1), bearer(2)]);
    const begin = performance.now();
    for (let count = 0; count < 10; count += 1) await user.publish();
    await user.api.log(33);
    const seconds = Math.ceil((performance.now() - begin) / 1_000);
    expect(server.requests.length).toBeLessThanOrEqual(2 + seconds);
  });

  it('fails with an error of its own when the server rejects the credentials, and follows the retry schedule', async () => {
    let status = 401;
    const refusing = await using(
      Receiver.start((_request, response) => {
        response.statusCode = status;
        response.end(JSON.stringify({ error: 'invalid_client', access_token: tokenOf(1), token_type: 'Bearer' }));
      }),
    );
    const user = await newSubscriber(service, receiver.url);
    await user.api.patch(`/v1/webhooks/${user.webhookId}`, { retrySchedule: ['0s', '2s'] });
    await subscriber({ tokenUrl: refusing.url }, user);
    const record = await recordOf(user, '&errorClass=auth');
    expect(record).toMatchObject({ status: 'failed', httpStatus: null, error: REJECTED });
    expect(record.nextAttemptAt).not.toBeNull();
    expect(receiver.requests).toEqual([]);
    status = 200;
    await receiver.received(1);
    expect(await user.api.log(2)).toMatchObject([{ status: 'success', attempt: 2 }, { attempt: 1 }]);
    expect(refusing.requests).toHaveLength(2);
  });

  it('sends at most one token request per second while the server fails', async () => {
    const failing = await using(Receiver.start((_request, response) => void response.writeHead(500).end()));
    const user = await subscriber({ tokenUrl: failing.url });
    const begin = performance.now();
    for (let count = 0; count < 10; count += 1) await user.publish();
    await user.api.log(30);
    const seconds = Math.ceil((performance.now() - begin) / 1_000);
    expect(failing.requests.length).toBeLessThanOrEqual(1 + seconds);
    expect(await user.api.log(30, '&errorClass=auth')).toHaveLength(30);
  });

  it('connects to no address that the target policy refuses', async () => {
    const record = await recordOf(await subscriber({ tokenUrl: 'https://login.example/token' }));
    expect(record).toMatchObject({
      status: 'failed',
      httpStatus: null,
      error: 'The address of the authorization server is not allowed',
    });
    expect(receiver.requests).toEqual([]);
  });

  it('follows no redirect of the server', async () => {
    const trap = await using(startTokenServer());
    const redirecting = await using(
      Receiver.start((_request, response) => void response.writeHead(307, { location: trap.url }).end()),
    );
    const record = await recordOf(await subscriber({ tokenUrl: redirecting.url }));
    expect(record).toMatchObject({ httpStatus: null, error: 'The authorization server issued no token' });
    expect(trap.requests).toEqual([]);
  });

  it('fails at the deadline of the attempt while the server is silent', async () => {
    const silent = await using(Receiver.start(() => undefined));
    const user = await subscriber({ tokenUrl: silent.url });
    await user.api.patch(`/v1/webhooks/${user.webhookId}`, { timeoutMs: 1_000 });
    const record = await recordOf(user);
    expect(record).toMatchObject({ httpStatus: null, error: 'The authorization server did not answer in time' });
    expect(record.durationMs).toBeGreaterThanOrEqual(1_000);
    // The limit of the service is 10 s.
    expect(record.durationMs).toBeLessThan(8_000);
  });

  it('shows no token in its records, even when the receiver answers with it', async () => {
    const echo = await using(
      Receiver.start((request, response) => {
        const token = request.headers.authorization ?? '';
        response.setHeader('x-echo', token).end(`You sent ${token}`);
      }),
    );
    const user = await subscriber({ url: echo.url });
    const { id } = await recordOf(user);
    const { data } = (await user.api.get(`/v1/webhooks/deliveries/${String(id)}`)).body;
    expect(data.request.headers.authorization).toBe(MASK);
    expect(data.response).toMatchObject({ body: `You sent Bearer ${MASK}`, headers: { 'x-echo': `Bearer ${MASK}` } });
    expect(JSON.stringify(data)).not.toContain(tokenOf(1));
  });

  it('authenticates test events, resends and recoveries', async () => {
    const user = await subscriber();
    const path = `/v1/webhooks/${user.webhookId}`;
    expect((await user.api.post(`${path}/test`)).status).toBe(202);
    await receiver.received(1);
    const { id } = await recordOf(user);
    expect((await user.api.post(`/v1/webhooks/deliveries/${String(id)}/resend`)).status).toBe(202);
    await receiver.received(3);
    const since = new Date(Date.now() - 60_000).toISOString();
    expect((await user.api.post(`${path}/recover`, { since, include: 'all' })).status).toBe(202);
    await receiver.received(4);
    expect(new Set(tokensOf(receiver.requests))).toEqual(new Set([bearer(1)]));
    expect(server.requests).toHaveLength(1);
  });

  it('uses a change at once, and sends no token after its removal', async () => {
    const user = await subscriber();
    await recordOf(user);
    const other = await using(startTokenServer());
    await authenticate(user, { tokenUrl: other.url, clientSecret: 'another' });
    await recordOf(user);
    expect(other.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('docmap:another').toString('base64')}`);
    await authenticate(user, { tokenUrl: other.url, clientSecret: MASK, clientId: 'renamed' });
    await recordOf(user);
    expect(other.requests[1]?.headers.authorization).toBe(`Basic ${Buffer.from('renamed:another').toString('base64')}`);
    await user.api.patch(`/v1/webhooks/${user.webhookId}`, { auth: null });
    await recordOf(user);
    expect(tokensOf(receiver.requests)).toEqual([bearer(1), bearer(1), bearer(2), undefined]);
    expect(server.requests).toHaveLength(1);
  });

  it('shares no connection with webhooks that authenticate in another way', async () => {
    const carried = new Map<number, Set<string>>();
    const scripted = await ScriptedReceiver.start((socket, { connection }) => {
      const [, token = 'none'] = /^authorization: (.*)\r$/m.exec(scripted.requests.at(-1) ?? '') ?? [];
      carried.set(connection, (carried.get(connection) ?? new Set()).add(token));
      socket.write(answerBytes(200));
    });
    try {
      const { api, webhookId } = await newSubscriber(service, scripted.url);
      const ids = [webhookId];
      for (const clientId of ['one', 'two']) {
        const auth = { type: 'oauth2', ...CLIENT, tokenUrl: server.url, clientId };
        const { body } = await api.post('/v1/webhooks', { url: scripted.url, events: ['extraction.completed'], auth });
        ids.push(body.data.webhook.id);
      }
      // One after another: each request could use a connection that another webhook has left idle.
      for (const [index, id] of [...ids, ...ids].entries()) {
        await api.post(`/v1/webhooks/${id}/test`);
        await api.log(index + 1);
      }
      const tokens = [...carried.values()].map((each) => [...each].join());
      expect(new Set(tokens)).toEqual(new Set(['none', bearer(1), bearer(2)]));
    } finally {
      await scripted.stop();
    }
  });
});
