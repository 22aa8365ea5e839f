import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../../support/api-client.js';
import { report } from '../../support/run-length.js';
import { startApp, type TestApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { routesOf } from '../../support/routes.js';
import { FOREIGN_REQUESTS, type ForeignRequest } from '../support/foreign-requests.js';
import { newPossessions, viewOf, type Possessions } from '../support/possessions.js';
import { clientOf } from '../../support/user-client.js';

const CODE_BY_STATUS: Record<number, string> = { 400: 'VALIDATION_ERROR', 403: 'FORBIDDEN', 404: 'NOT_FOUND' };

describe('A resource of one user', () => {
  let service: TestApp;
  let receiver: Receiver;
  let owner: Possessions;
  let stranger: Possessions;
  /** The stranger's keys: an ordinary one, and one that may publish. */
  let ordinary: ApiClient;
  let publishing: ApiClient;
  const tried = new Map<string, { attempts: number; passed: number }>();

  beforeAll(async () => {
    service = await startApp();
    receiver = await Receiver.start();
    owner = await newPossessions(service, receiver.url);
    stranger = await newPossessions(service, receiver.url);
    ordinary = await clientOf(service, stranger.userId, ['webhooks']);
    publishing = stranger.api;
  });

  afterAll(async () => {
    await receiver?.close();
    await service?.close();
    const all = [...tried.values()];
    const sum = (of: (one: (typeof all)[number]) => number) => all.reduce((total, one) => total + of(one), 0);
    report('isolation of users', {
      routes: tried.size,
      attempts: sum((one) => one.attempts),
      'refused or empty': sum((one) => one.passed),
    });
  });

  async function send(method: string, { path, body, headers, publishes }: ForeignRequest) {
    return (publishes ? publishing : ordinary).request(method, path, {
      ...(body === undefined ? {} : { body }),
      ...(headers ? { headers } : {}),
    });
  }

  /** The owner's values in an answer that were not in the request. */
  function leaks(answer: unknown, request: ForeignRequest): string[] {
    const [told, asked] = [JSON.stringify(answer), JSON.stringify(request)];
    return owner.marks.filter((mark) => told.includes(mark) && !asked.includes(mark));
  }

  it('covers every route in this table', async () => {
    expect(Object.keys(FOREIGN_REQUESTS).sort()).toEqual((await routesOf(service.url)).sort());
  });

  it.each(Object.keys(FOREIGN_REQUESTS))('%s', async (route) => {
    const [method = ''] = route.split(' ', 1);
    const before = await viewOf(owner);
    const received = requestsOf(owner).length;
    const requests = FOREIGN_REQUESTS[route]?.({ owner, stranger }) ?? [];
    const count = { attempts: requests.length, passed: 0 };
    tried.set(route, count);
    for (const request of requests) {
      const { status, body } = await send(method, request);
      if (request.outcome === 'nothing') {
        expect([request.path, status < 300]).toEqual([request.path, true]);
        expect(usersIn(body).filter((userId) => userId !== stranger.userId)).toEqual([]);
      } else {
        expect([request.path, request.body, status]).toEqual([request.path, request.body, request.outcome]);
        expect(body).toEqual({ error: { code: CODE_BY_STATUS[status], message: expect.any(String) } });
      }
      expect({ request, leaks: leaks(body, request) }).toEqual({ request, leaks: [] });
      count.passed += 1;
    }
    expect(count.attempts).toBeGreaterThan(0);
    expect(await viewOf(owner)).toEqual(before);
    expect(requestsOf(owner)).toHaveLength(received);
  });

  it('is shown to its owner in full', async () => {
    const shown = await Promise.all(
      ['/v1/webhooks?active=all', '/v1/webhooks/deliveries', `/v1/events/${owner.eventId}`, '/v1/api-keys'].map(
        (path) => owner.api.get(path),
      ),
    );
    for (const { body } of shown) expect(leaks(body, { path: '', outcome: 'nothing' })).not.toEqual([]);
  });

  it('does not appear when another user filters by its id', async () => {
    for (const filter of [`webhookId=${owner.webhookId}`, `extractionId=${owner.extractionId}`]) {
      const { body } = await ordinary.get(`/v1/webhooks/deliveries?${filter}`);
      expect([filter, body]).toEqual([filter, { data: [], hasMore: false, nextCursor: null }]);
    }
  });

  it('has a cursor that shows another user only the records of that user', async () => {
    const all = await ordinary.get('/v1/webhooks/deliveries?limit=100');
    const newer = await newPossessions(service, receiver.url);
    const { body } = await ordinary.get(`/v1/webhooks/deliveries?limit=100&cursor=${newer.cursor}`);
    expect(body).toEqual(all.body);
    expect(body.data.length).toBeGreaterThan(0);
  });

  it('does not reserve its idempotency key for other publishers', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const event = { event: 'extraction.completed', userId: 'uid_nobody', extractionId: 'extract-1', data: {} };
    const first = await owner.api.post('/v1/events', event, headers);
    const second = await publishing.post('/v1/events', event, headers);
    const other = await publishing.post('/v1/events', { ...event, extractionId: 'extract-2' }, headers);
    expect([first.status, second.status, other.status]).toEqual([202, 202, 409]);
    expect(second.body.data.id).not.toBe(first.body.data.id);
    expect((await owner.api.post('/v1/events', event, headers)).body).toEqual(first.body);
  });

  it('does not count towards the limits of another user', async () => {
    const full = await service.as(`uid_${randomUUID()}`);
    for (let count = 0; count < 10; count += 1) await full.createWebhook('https://your-app.com/hook');
    for (let count = 0; count < 9; count += 1) await full.post('/v1/api-keys', { name: 'x', expiresIn: '30d' });
    expect(
      (await full.post('/v1/webhooks', { url: 'https://your-app.com/hook', events: ['extraction.failed'] })).status,
    ).toBe(400);
    expect((await full.post('/v1/api-keys', { name: 'x', expiresIn: '30d' })).status).toBe(400);
    const empty = await service.as(`uid_${randomUUID()}`);
    await empty.createWebhook('https://your-app.com/hook');
    expect((await empty.post('/v1/api-keys', { name: 'x', expiresIn: '30d' })).status).toBe(201);
  });

  it('receives no event of another user when it is a webhook', async () => {
    const received = requestsOf(owner).length;
    const { id } = await stranger.api.publish({ userId: stranger.userId, extractionId: `extract-${randomUUID()}` });
    const { body } = await stranger.api.get(`/v1/events/${id}`);
    expect(body.data.deliveries.map(({ webhookId }: { webhookId: string }) => webhookId)).toEqual([stranger.webhookId]);
    await stranger.api.log(requestsOf(stranger).length);
    expect(requestsOf(owner)).toHaveLength(received);
  });

  function requestsOf({ url }: Possessions) {
    return receiver.requests.filter(({ path }) => path.startsWith(new URL(url).pathname));
  }
});

/** The value of every `userId` in an answer. */
function usersIn(body: unknown): string[] {
  const users: string[] = [];
  JSON.stringify(body, (name, value: unknown) => {
    if (name === 'userId') users.push(String(value));
    return value;
  });
  return users;
}
