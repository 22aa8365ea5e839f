import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiClient, type ApiResponse } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { answerTo, postOf } from '../support/raw-request.js';
import { clientOf } from '../../support/user-client.js';

const EVENT = { event: 'extraction.completed', userId: 'uid_nobody', extractionId: 'extract-1', data: {} };

describe('Rate limits', () => {
  let service: TestApp;
  let api: ApiClient;

  beforeAll(async () => {
    service = await startApp({ env: { RATE_LIMIT_PER_MINUTE: '3', PUBLISH_RATE_LIMIT_PER_MINUTE: '2' } });
  });

  afterAll(async () => {
    await service.close();
  });

  beforeEach(async () => {
    api = await service.as(`uid_${randomUUID()}`);
  });

  function list() {
    return api.get('/v1/webhooks');
  }

  function publish() {
    return api.post('/v1/events', EVENT);
  }

  it('refuse the fourth request of a minute and name the time to wait', async () => {
    expect(await statusesOf(list, 3)).toEqual([200, 200, 200]);
    const { status, headers, body } = await list();
    expect([status, body]).toEqual([429, { error: { code: 'RATE_LIMITED', message: expect.stringContaining('3') } }]);
    const retryAfter = headers.get('retry-after') ?? '';
    expect(retryAfter).toMatch(/^\d+$/);
    expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
    expect(Number(retryAfter)).toBeLessThanOrEqual(60);
    expect(headers.get('ratelimit-reset')).toBe(retryAfter);
  });

  it('report the remaining requests in every answer, also in refusals', async () => {
    const left = [];
    for (let count = 0; count < 5; count += 1) {
      const { headers } = await list();
      expect(headers.get('ratelimit-limit')).toBe('3');
      expect(Number(headers.get('ratelimit-reset'))).toBeGreaterThanOrEqual(1);
      left.push(headers.get('ratelimit-remaining'));
    }
    expect(left).toEqual(['2', '1', '0', '0', '0']);
  });

  it('hold under parallel requests', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, list));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(17);
  });

  it('count all management routes together, also requests that fail', async () => {
    await api.get('/v1/webhooks/nope');
    await api.get('/v1/api-keys');
    await api.post('/v1/webhooks', {});
    expect((await list()).status).toBe(429);
  });

  it('count publishing apart, with its own limit', async () => {
    expect(await statusesOf(publish, 3)).toEqual([202, 202, 429]);
    const batch = await api.post('/v1/events/batch', { events: [EVENT] });
    expect([batch.status, batch.headers.get('ratelimit-limit')]).toEqual([429, '2']);
    expect(await statusesOf(list, 4)).toEqual([200, 200, 200, 429]);
  });

  it('count reading an event as management', async () => {
    expect((await api.get(`/v1/events/${randomUUID()}`)).headers.get('ratelimit-limit')).toBe('3');
  });

  it('count requests that the key has no scope for', async () => {
    const reader = await clientOf(service, `uid_${randomUUID()}`, ['webhooks']);
    const publisher = await clientOf(service, `uid_${randomUUID()}`, ['events:publish']);
    expect(await statusesOf(() => reader.post('/v1/events', EVENT), 3)).toEqual([403, 403, 429]);
    expect(await statusesOf(() => publisher.get('/v1/webhooks'), 4)).toEqual([403, 403, 403, 429]);
  });

  it('are reported in the fields of the current draft too', async () => {
    const { headers } = await list();
    expect(headers.get('ratelimit-policy')).toBe('"management";q=3;w=60');
    expect(headers.get('ratelimit')).toMatch(/^"management";r=2;t=([1-9]|[1-5]\d|60)$/);
    expect((await publish()).headers.get('ratelimit-policy')).toBe('"publishing";q=2;w=60');
  });

  it('count all keys of a user together', async () => {
    const { body } = await api.post('/v1/api-keys', { name: 'second', expiresIn: '30d' });
    await statusesOf(list, 3);
    expect((await list()).status).toBe(429);
    expect((await new ApiClient(service.url, body.data.key).get('/v1/webhooks')).status).toBe(429);
  });

  it('hold when a key creates its successor and the successor revokes it', async () => {
    const statuses = [];
    let current = api;
    let keyId: string | undefined;
    for (let count = 0; count < 3; count += 1) {
      const made = await current.post('/v1/api-keys', { name: 'next', expiresIn: '30d' });
      statuses.push(made.status);
      if (made.status !== 201) break;
      current = new ApiClient(service.url, made.body.data.key);
      if (keyId !== undefined) statuses.push((await current.delete(`/v1/api-keys/${keyId}`)).status);
      keyId = made.body.data.apiKey.id;
    }
    expect(statuses).toEqual([201, 201, 200, 429]);
  });

  it.each([
    ['management', '/v1/webhooks', 3],
    ['publishing', '/v1/events/batch', 2],
  ])('answer 429 before the body is read: %s', async (_case, path, limit) => {
    await statusesOf(path === '/v1/webhooks' ? list : publish, limit);
    // The end of the body never arrives.
    const headers = {
      authorization: `Bearer ${api.key}`,
      'content-type': 'application/json',
      'content-length': '1000',
    };
    expect(await answerTo(service.url, postOf(path, headers, '{'))).toMatchObject({ status: 429, interim: [] });
  });

  it('give each user an allowance', async () => {
    await statusesOf(list, 3);
    expect((await list()).status).toBe(429);
    expect((await (await service.as(`uid_${randomUUID()}`)).get('/v1/webhooks')).status).toBe(200);
  });

  it('leave the open routes alone', async () => {
    const statuses = await statusesOf(() => api.get('/health'), 6);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200]);
    expect((await api.get('/health')).headers.has('ratelimit-limit')).toBe(false);
  });
});

describe('A rate limit of 0', () => {
  it('is none', async () => {
    const service = await startApp({ env: { RATE_LIMIT_PER_MINUTE: '0', PUBLISH_RATE_LIMIT_PER_MINUTE: '0' } });
    try {
      const answers = await Promise.all(Array.from({ length: 20 }, () => service.api.get('/v1/webhooks')));
      for (const { status, headers } of answers) {
        expect([status, headers.has('ratelimit-limit'), headers.has('retry-after')]).toEqual([200, false, false]);
      }
    } finally {
      await service.close();
    }
  });
});

async function statusesOf(ask: () => Promise<ApiResponse<unknown>>, times: number): Promise<number[]> {
  const statuses = [];
  for (let count = 0; count < times; count += 1) statuses.push((await ask()).status);
  return statuses;
}
