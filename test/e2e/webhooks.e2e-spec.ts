import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../src/database/prisma.service.js';
import type { ApiClient } from '../support/api-client.js';
import { startApp, type TestApp } from '../support/app.js';

const URL_A = 'https://your-app.com/webhooks/docmap';
const EVENTS = ['extraction.completed', 'extraction.failed'];
const FIELDS = ['id', 'userId', 'url', 'events', 'active', 'createdAt'].concat(
  [
    'description',
    'disabledReason',
    'disabledAt',
    'updatedAt',
    'metadata',
    'filter',
    'headers',
    'timeoutMs',
    'retrySchedule',
    'ordering',
    'rateLimit',
    'signature',
    'publicKey',
    'auth',
  ], // behind those of the public documentation
);
const ISO_8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('Webhooks', () => {
  let service: TestApp;
  let userId: string;
  let api: ApiClient;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  beforeEach(async () => {
    userId = `uid_${randomUUID()}`;
    api = await service.as(userId);
  });

  async function idsOf(query = ''): Promise<string[]> {
    const { status, body } = await api.get(`/v1/webhooks${query}`);
    expect(status).toBe(200);
    return body.data.map(({ id }: { id: string }) => id);
  }

  it('answers a creation with 200 and exactly the secret and the webhook', async () => {
    const { status, body } = await api.post('/v1/webhooks', { url: URL_A, events: EVENTS, description: 'Production' });
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['data']);
    expect(Object.keys(body.data)).toEqual(['secret', 'webhook']);
    expect(body.data.secret).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.keys(body.data.webhook)).toEqual(FIELDS);
    expect(body.data.webhook).toEqual({
      id: expect.stringMatching(/^webhook-[0-9a-f]{32}$/),
      userId,
      url: URL_A,
      events: EVENTS,
      active: true,
      createdAt: expect.stringMatching(ISO_8601),
      description: 'Production',
      disabledReason: null,
      disabledAt: null,
      updatedAt: expect.stringMatching(ISO_8601),
      metadata: {},
      filter: null,
      headers: {},
      timeoutMs: null,
      retrySchedule: null,
      ordering: 'none',
      rateLimit: null,
      signature: 'hmac-sha256',
      publicKey: null,
      auth: null,
    });
  });

  it('gives every webhook an id and a secret of its own, also for the same URL', async () => {
    const [first, second] = [await api.createWebhook(URL_A), await api.createWebhook(URL_A)];
    expect(second.webhook.id).not.toBe(first.webhook.id);
    expect(second.secret).not.toBe(first.secret);
  });

  it.each([
    ['HTTPS://Your-App.com', 'https://your-app.com/'],
    ['https://your-app.com:443/a/../b', 'https://your-app.com/b'],
    ['https://your-app.com/?q=a b', 'https://your-app.com/?q=a%20b'],
    ['https://bücher.example/hook', 'https://xn--bcher-kva.example/hook'],
  ])('stores and shows %s in the form in which it is called', async (url, normalized) => {
    const { webhook } = await api.createWebhook(url);
    expect(webhook.url).toBe(normalized);
    expect((await api.get(`/v1/webhooks/${webhook.id}`)).body.data.url).toBe(normalized);
  });

  it('lists active ones, newest first, and others with ?active=false and all', async () => {
    const { webhook: first } = await api.createWebhook(URL_A);
    const { webhook: second } = await api.createWebhook(URL_A);
    const { webhook: third } = await api.createWebhook(URL_A);
    await api.patch(`/v1/webhooks/${second.id}`, { active: false });
    expect(await idsOf()).toEqual([third.id, first.id]);
    expect(await idsOf('?active=true')).toEqual([third.id, first.id]);
    expect(await idsOf('?active=false')).toEqual([second.id]);
    expect(await idsOf('?active=all')).toEqual([third.id, second.id, first.id]);
  });

  it('lists no webhook of another user', async () => {
    await (await service.as(`uid_${randomUUID()}`)).createWebhook(URL_A);
    expect(await idsOf('?active=all')).toEqual([]);
  });

  it('answers a list, a read and a change with the same fields, and never a secret', async () => {
    const { secret, webhook } = await api.createWebhook(URL_A);
    const list = await api.get('/v1/webhooks');
    const shown = await api.get(`/v1/webhooks/${webhook.id}`);
    const changed = await api.patch(`/v1/webhooks/${webhook.id}`, { description: 'x' });
    expect(Object.keys(list.body)).toEqual(['data']);
    expect(list.body.data).toEqual([webhook]);
    expect(shown.body).toEqual({ data: webhook });
    expect(changed.body.data).toEqual({ ...webhook, description: 'x', updatedAt: expect.stringMatching(ISO_8601) });
    for (const { body } of [list, shown, changed]) {
      expect(JSON.stringify(body)).not.toContain(secret);
      expect(JSON.stringify(body)).not.toMatch(/secret/i);
    }
  });

  it('stores the signing secret encrypted', async () => {
    const { secret, webhook } = await api.createWebhook(URL_A);
    const [row] = await service.app.get(PrismaService).$queryRaw<{ row: string }[]>`
      SELECT w::text AS row FROM webhooks w WHERE user_id = ${userId}`;
    expect(row?.row).toContain(webhook.id.slice(-12));
    for (const form of [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret, 'hex').toString('base64')]) {
      expect(row?.row).not.toContain(form);
    }
  });

  it('changes the named fields only', async () => {
    const { webhook } = await api.createWebhook(URL_A);
    const path = `/v1/webhooks/${webhook.id}`;
    const changes = [
      { url: 'https://your-app.com/other' },
      { events: ['extraction.failed'] },
      { description: 'Staging' },
      { description: '' },
      { description: null },
      {},
    ];
    const expected: Record<string, unknown> = { ...webhook, updatedAt: expect.stringMatching(ISO_8601) };
    for (const change of changes) {
      const { status, body } = await api.patch(path, change);
      Object.assign(expected, change);
      expect([status, body]).toEqual([200, { data: expected }]);
      expect((await api.get(path)).body.data).toEqual(body.data);
    }
  });

  it('shows the time of a change', async () => {
    const { webhook } = await api.createWebhook(URL_A);
    const before = Date.now();
    const { body } = await api.patch(`/v1/webhooks/${webhook.id}`, { description: 'x' });
    expect(Date.parse(body.data.updatedAt)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(body.data.createdAt)).toBeLessThanOrEqual(before);
  });

  it('shows the time and reason of a pause, and clears both when active again', async () => {
    const { webhook } = await api.createWebhook(URL_A);
    const path = `/v1/webhooks/${webhook.id}`;
    const disabled = await api.patch(path, { active: false });
    expect(disabled.body.data).toMatchObject({ active: false, disabledAt: expect.stringMatching(ISO_8601) });
    expect(disabled.body.data.disabledReason).toContain('owner');
    const again = await api.patch(path, { active: false });
    expect(again.body.data.disabledAt).toBe(disabled.body.data.disabledAt);
    const resumed = await api.patch(path, { active: true });
    expect(resumed.body.data).toMatchObject({ active: true, disabledReason: null, disabledAt: null });
    expect((await api.patch(path, { active: true })).status).toBe(200);
  });

  it('answers a deletion with { success: true }, and deletes permanently', async () => {
    const { webhook } = await api.createWebhook(URL_A);
    const path = `/v1/webhooks/${webhook.id}`;
    const { status, body } = await api.delete(path);
    expect([status, body]).toEqual([200, { success: true }]);
    expect(await idsOf('?active=all')).toEqual([]);
    for (const response of [await api.get(path), await api.delete(path), await api.patch(path, { active: true })]) {
      expect([response.status, response.body.error.code]).toEqual([404, 'NOT_FOUND']);
    }
  });

  it('deletes once when several requests do it at the same time', async () => {
    const { webhook } = await api.createWebhook(URL_A);
    const answers = await Promise.all(Array.from({ length: 10 }, () => api.delete(`/v1/webhooks/${webhook.id}`)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(9);
  });
});
