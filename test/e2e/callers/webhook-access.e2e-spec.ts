import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';

const UNKNOWN = 'webhook-0123456789abcdef0123456789abcdef';

/** Every request that names a webhook. */
const REQUESTS = [
  { method: 'GET', suffix: '' },
  { method: 'PATCH', suffix: '', body: { url: 'https://your-app.com/taken-over' } },
  { method: 'PATCH', suffix: '', body: { active: false } },
  { method: 'DELETE', suffix: '' },
  { method: 'POST', suffix: '/rotate-secret', body: {} },
  { method: 'POST', suffix: '/test' },
  { method: 'POST', suffix: '/recover', body: { since: '2025-01-20T00:00:00.000Z' } },
  { method: 'GET', suffix: `/recoveries/${randomUUID()}` },
  { method: 'DELETE', suffix: `/recoveries/${randomUUID()}` },
  { method: 'GET', suffix: '/recoveries' },
  { method: 'POST', suffix: '/recover', body: { since: '2025-01-20T00:00:00.000Z', dryRun: true } },
  { method: 'GET', suffix: '/stats' },
  { method: 'GET', suffix: '/backlog' },
  { method: 'POST', suffix: '/backlog/send-now' },
  { method: 'POST', suffix: '/backlog/cancel', body: {} },
];

describe('Access to a webhook', () => {
  let service: TestApp;
  let owner: ApiClient;
  let other: ApiClient;
  let id: string;

  beforeAll(async () => {
    service = await startApp();
    owner = await service.as('uid_owner');
    other = await service.as('uid_other');
    id = (await owner.createWebhook('https://your-app.com/webhooks/docmap')).webhook.id;
  });

  afterAll(async () => {
    await service.close();
  });

  it.each(REQUESTS)(
    'answers FORBIDDEN to another user for $method {id}$suffix, and changes nothing',
    async (request) => {
      const before = await owner.get(`/v1/webhooks/${id}`);
      const { status, body } = await other.request(request.method, `/v1/webhooks/${id}${request.suffix}`, request);
      expect([status, body.error?.code]).toEqual([403, 'FORBIDDEN']);
      expect(JSON.stringify(body)).not.toMatch(/your-app\.com|uid_owner/);
      expect((await owner.get(`/v1/webhooks/${id}`)).body).toEqual(before.body);
    },
  );

  it.each(REQUESTS)('answers NOT_FOUND to $method {id}$suffix when the id does not exist', async (request) => {
    const { status, body } = await owner.request(request.method, `/v1/webhooks/${UNKNOWN}${request.suffix}`, request);
    expect([status, body.error?.code]).toEqual([404, 'NOT_FOUND']);
  });

  it.each<[string, (id: string) => string]>([
    ['nothing like one', () => 'nope'],
    ['without its prefix', (real) => real.replace('webhook-', '')],
    ['in upper case', (real) => real.toUpperCase()],
    ['as a uuid', (real) => real.replace(/^webhook-(.{8})(.{4})(.{4})(.{4})(.{12})$/, 'webhook-$1-$2-$3-$4-$5')],
    ['cut short', (real) => real.slice(0, -1)],
    ['with a digit too many', (real) => `${real}0`],
    ['with a NUL', (real) => `${real}%00`],
    ['with a line break', (real) => `${real}%0A`],
    ['with a quote', (real) => `${real}'--`],
    ['of 500 characters', () => 'a'.repeat(500)],
  ])('answers NOT_FOUND when the id is %s', async (_case, change) => {
    for (const { method, suffix, body: sent } of REQUESTS) {
      const { status, body } = await owner.request(method, `/v1/webhooks/${change(id)}${suffix}`, { body: sent });
      expect([method, suffix, status, body.error?.code]).toEqual([method, suffix, 404, 'NOT_FOUND']);
    }
  });
});
