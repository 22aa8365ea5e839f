import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { Receiver } from '../../test/support/receiver.js';
import { TargetPolicy } from '../targets/target-policy.js';
import { AccessTokens } from './access-tokens.js';
import { OAuth2Client } from './receiver-auth.js';
import { TargetAgents } from './target-agents.js';
import { DeadlineError, WebhookDeletedError } from './target-errors.js';
import { DnsNameResolver } from './target-lookup.js';
import type { TokenPurpose } from './token-request.js';

const LATE = 'The authorization server did not answer in time';

describe('The access tokens of webhooks', () => {
  let agents: TargetAgents;
  let tokens: AccessTokens;
  let server: Receiver;
  let responses: ServerResponse[];
  /** Milliseconds that the clock is ahead. */
  let ahead: number;

  beforeEach(async () => {
    const policy = new TargetPolicy({ allowedNetworks: ['127.0.0.0/8'] });
    agents = new TargetAgents(policy, new DnsNameResolver(), { deliveryTimeoutMs: 10_000 });
    tokens = new AccessTokens(agents);
    responses = [];
    server = await Receiver.start((_request, response) => void responses.push(response));
    ahead = 0;
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await agents.destroy();
    await server.close();
  });

  function purpose(id = 'auth-1', signal = new AbortController().signal): TokenPurpose {
    const auth = new OAuth2Client(id, {
      type: 'oauth2',
      tokenUrl: server.url,
      clientId: 'a:b c',
      clientSecret: '%+&=~',
    });
    return { auth, request: { userId: 'uid_1', headers: {} }, signal };
  }

  /** Answers the request with this number, when it arrives. */
  async function answer(number: number, members: Record<string, unknown> = {}, status = 200): Promise<void> {
    await server.received(number);
    const text = JSON.stringify({ access_token: `token-${number}`, token_type: 'Bearer', expires_in: 100, ...members });
    responses[number - 1]!.writeHead(status).end(text);
  }

  it('encodes credentials as forms before they become Basic', async () => {
    const token = tokens.of(purpose());
    await answer(1);
    expect(await token).toBe('token-1');
    const [scheme, encoded = ''] = server.requests[0]!.headers.authorization!.split(' ');
    expect(scheme).toBe('Basic');
    expect(Buffer.from(encoded, 'base64').toString()).toBe('a%3Ab+c:%25%2B%26%3D%7E');
    expect(server.requests[0]!.body).toBe('grant_type=client_credentials');
  });

  it('are used until a margin before their end, and then requested again', async () => {
    const first = tokens.of(purpose());
    await answer(1);
    await first;
    ahead += 89_000;
    expect(await tokens.of(purpose())).toBe('token-1');
    ahead += 2_000;
    const second = tokens.of(purpose());
    await answer(2, { expires_in: 1e308 });
    expect(await second).toBe('token-2');
    ahead += 86_000_000;
    expect(await tokens.of(purpose())).toBe('token-2');
    ahead += 500_000;
    const third = tokens.of(purpose());
    await answer(3);
    expect(await third).toBe('token-3');
  });

  it.each([-1, 0, '0'])('are used for a second when their lifetime is %j', async (expires_in) => {
    const first = tokens.of(purpose());
    await answer(1, { expires_in });
    await first;
    expect(await tokens.of(purpose())).toBe('token-1');
    ahead += 1_100;
    const second = tokens.of(purpose());
    await answer(2);
    expect(await second).toBe('token-2');
  });

  it('belong to one authentication', async () => {
    const both = [tokens.of(purpose('auth-1')), tokens.of(purpose('auth-2'))];
    await answer(1);
    await answer(2);
    expect(new Set(await Promise.all(both))).toEqual(new Set(['token-1', 'token-2']));
  });

  it('come from one request when attempts need them at the same time', async () => {
    const all = Array.from({ length: 20 }, () => tokens.of(purpose()));
    await answer(1);
    expect(new Set(await Promise.all(all))).toEqual(new Set(['token-1']));
    expect(server.requests).toHaveLength(1);
  });

  it('are awaited by each attempt until its own end, also when the first of them ends', async () => {
    const [leader, follower] = [new AbortController(), new AbortController()];
    const first = tokens.of(purpose('auth-1', leader.signal));
    await server.received(1);
    const second = tokens.of(purpose('auth-1', follower.signal));
    const third = tokens.of(purpose());
    follower.abort(new DeadlineError());
    await expect(second).rejects.toThrow(LATE);
    leader.abort(new DeadlineError());
    await expect(first).rejects.toThrow(LATE);
    await answer(2);
    expect(await third).toBe('token-2');
  });

  it('are not requested when the attempt has ended already', async () => {
    const gone = new WebhookDeletedError();
    await expect(tokens.of(purpose('auth-1', AbortSignal.abort(gone)))).rejects.toBe(gone);
    expect(server.requests).toEqual([]);
  });

  it('are not requested again within a second after a failure', async () => {
    const first = tokens.of(purpose()).catch(String);
    await answer(1, {}, 500);
    expect(await first).toMatch('The authorization server issued no token');
    await expect(tokens.of(purpose())).rejects.toThrow('The authorization server issued no token');
    expect(server.requests).toHaveLength(1);
    ahead += 1_100;
    const second = tokens.of(purpose());
    await answer(2);
    expect(await second).toBe('token-2');
  });

  describe('that a receiver rejects', () => {
    beforeEach(async () => {
      const first = tokens.of(purpose());
      await answer(1);
      await first;
    });

    it('are renewed once for all attempts that had them', async () => {
      const renewals = Array.from({ length: 10 }, () => tokens.renewed(purpose(), 'token-1'));
      await answer(2);
      expect(new Set(await Promise.all(renewals))).toEqual(new Set(['token-2']));
      expect(await tokens.renewed(purpose(), 'token-1')).toBe('token-2');
      expect(server.requests).toHaveLength(2);
    });

    it('are not renewed again within a second', async () => {
      const renewed = tokens.renewed(purpose(), 'token-1');
      await answer(2);
      expect(await renewed).toBe('token-2');
      expect(await tokens.renewed(purpose(), 'token-2')).toBeUndefined();
      expect(await tokens.of(purpose())).toBe('token-2');
      ahead += 1_100;
      const later = tokens.renewed(purpose(), 'token-2');
      await answer(3);
      expect(await later).toBe('token-3');
    });

    it('are not sent again when the server issues the same', async () => {
      const renewed = tokens.renewed(purpose(), 'token-1');
      await answer(2, { access_token: 'token-1' });
      expect(await renewed).toBeUndefined();
    });
  });

  it('leave no request and no listener when all attempts have ended', async () => {
    const controller = new AbortController();
    const waiting = Array.from({ length: 5 }, () => tokens.of(purpose('auth-1', controller.signal)).catch(String));
    await server.received(1);
    controller.abort(new DeadlineError());
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([`TokenError: ${LATE}`]));
    await delay(0);
    expect(Reflect.get(tokens, 'requests')).toEqual(new Map());
  });
});
