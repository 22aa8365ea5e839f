import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../support/api-client.js';
import { startApp, type TestApp } from '../support/app.js';

const VALID = { url: 'https://your-app.com/webhooks/docmap', events: ['extraction.completed'] };

/** Invalid values of fields, in a creation and in a change. */
const FAULTS: { field: string; change: Record<string, unknown>; says: string }[] = [
  { field: 'url', change: { url: null }, says: 'url must be a string' },
  { field: 'url', change: { url: 5 }, says: 'url must be a string' },
  { field: 'url', change: { url: ['https://your-app.com'] }, says: 'url must be a string' },
  { field: 'url', change: { url: { href: 'https://your-app.com' } }, says: 'url must be a string' },
  { field: 'url', change: { url: '' }, says: 'url must be an absolute URL' },
  { field: 'url', change: { url: '/webhooks' }, says: 'url must be an absolute URL' },
  { field: 'events', change: { events: null }, says: 'events must be an array' },
  { field: 'events', change: { events: 'extraction.completed' }, says: 'events must be an array' },
  { field: 'events', change: { events: { 0: 'extraction.completed', length: 1 } }, says: 'events must be an array' },
  { field: 'events', change: { events: [] }, says: 'events must name at least one event type' },
  {
    field: 'events',
    change: { events: ['extraction.started'] },
    says: 'events[0]: "extraction.started" is not an event type; use extraction.completed or',
  },
  {
    field: 'events',
    change: { events: ['webhook.test'] },
    says: 'events[0]: "webhook.test" is not an event type; use extraction.completed or',
  },
  {
    field: 'events',
    change: { events: [null] },
    says: 'events[0]: null is not an event type; use extraction.completed or',
  },
  {
    field: 'events',
    change: { events: [['extraction.failed']] },
    says: 'events[0]: an array is not an event type; use extraction.completed or',
  },
  {
    field: 'events',
    change: { events: ['extraction.failed', 'extraction.failed'] },
    says: 'events[1]: "extraction.failed" must not repeat',
  },
  { field: 'description', change: { description: 'x'.repeat(501) }, says: 'description must be text' },
  { field: 'description', change: { description: 'a\u0000b' }, says: 'description must be text' },
  { field: 'description', change: { description: '\ud800' }, says: 'description must be text' },
  { field: 'description', change: { description: 7 }, says: 'description must be text' },
  { field: 'secret', change: { secret: 'a'.repeat(64) }, says: 'secret should not exist' },
  { field: 'userId', change: { userId: 'uid_of_another' }, says: 'userId should not exist' },
  { field: 'id', change: { id: 'webhook-1' }, says: 'id should not exist' },
  { field: 'constructor', change: { constructor: 'x' }, says: 'constructor should not exist' },
  { field: 'prototype', change: { prototype: {} }, says: 'prototype should not exist' },
  { field: 'toString', change: { toString: 'x' }, says: 'toString should not exist' },
  { field: 'hasOwnProperty', change: { hasOwnProperty: 1 }, says: 'hasOwnProperty should not exist' },
];

describe('The validation of a webhook', () => {
  let service: TestApp;
  let api: ApiClient;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  beforeEach(async () => {
    api = await service.as(`uid_${randomUUID()}`);
  });

  it.each(FAULTS)('refuses a creation with $change, and names $field', async ({ change, says }) => {
    const { status, body } = await api.post('/v1/webhooks', { ...VALID, ...change });
    expect([status, body.error?.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(body.error.message).toContain(says);
    expect((await api.get('/v1/webhooks?active=all')).body.data).toEqual([]);
  });

  it.each(FAULTS)('refuses a change with $change, and names $field', async ({ change, says }) => {
    const { webhook } = await api.createWebhook(VALID.url);
    const { status, body } = await api.patch(`/v1/webhooks/${webhook.id}`, change);
    expect([status, body.error?.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(body.error.message).toContain(says);
    expect((await api.get(`/v1/webhooks/${webhook.id}`)).body.data).toEqual(webhook);
  });

  it('names every field at fault, each once', async () => {
    const { body } = await api.post('/v1/webhooks', { url: 1, events: [], description: 2, extra: 3 });
    const faults = String(body.error.message).split('; ');
    expect(faults).toHaveLength(4);
    for (const field of ['url', 'events', 'description', 'extra']) {
      expect(faults.filter((fault) => fault.startsWith(field))).toHaveLength(1);
    }
  });

  it('names the fields that are missing', async () => {
    const { status, body } = await api.post('/v1/webhooks', {});
    expect([status, body.error?.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(body.error.message).toMatch(/^url is missing; it must be .*; events is missing; use /);
  });

  it.each([null, 'true', 1, 'no'])('refuses active: %j', async (active) => {
    const { webhook } = await api.createWebhook(VALID.url);
    const { status, body } = await api.patch(`/v1/webhooks/${webhook.id}`, { active });
    expect([status, body.error?.message]).toEqual([400, expect.stringMatching(/^active must be true or false, not ./)]);
  });

  it('refuses active and null as description in a creation', async () => {
    for (const change of [{ active: false }, { description: null }]) {
      expect(await api.post('/v1/webhooks', { ...VALID, ...change })).toMatchObject({ status: 400 });
    }
  });

  it.each(['', 'Production', '추출 이벤트 🎉', 'x'.repeat(500), '🎉'.repeat(500)])(
    'keeps the description %j as it is',
    async (description) => {
      const { status, body } = await api.post('/v1/webhooks', { ...VALID, description });
      expect([status, body.data?.webhook.description]).toEqual([200, description]);
    },
  );

  it.each([
    'active=1',
    'active=TRUE',
    'active=',
    'active=true&active=false',
    'active[]=true',
    'limit=5',
    '__proto__=1',
  ])('refuses to list with ?%s', async (query) => {
    const { status, body } = await api.get(`/v1/webhooks?${query}`);
    expect([status, body.error?.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(body.error.message).toContain(query.split(/[=[]/)[0]);
  });
});
