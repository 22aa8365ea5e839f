import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PrismaService } from '../../src/database/prisma.service.js';
import type { ApiClient } from '../support/api-client.js';
import { startApp, type TestApp } from '../support/app.js';

const VALID = { url: 'https://your-app.com/webhooks/docmap', events: ['extraction.completed'] };
const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, 'x']));

/** Names that a copy of an object loses or changes. */
const ODD_NAMES = {
  toString: 'a',
  valueOf: 'b',
  hasOwnProperty: 'c',
  isPrototypeOf: 'd',
  toJSON: 'e',
  name: 'f',
  length: 'g',
  '0': 'h',
  'a.b': 'i',
  $ref: 'j',
  ' ': 'k',
};

const KEPT: [string, Record<string, string>][] = [
  ['no key', {}],
  ['a key', { team: 'billing' }],
  ['an empty value', { team: '' }],
  ['20 keys', keys(20)],
  ['the longest key and value', { ['k'.repeat(40)]: 'v'.repeat(500) }],
  ['the longest key and value of characters outside of the BMP', { ['🎉'.repeat(40)]: '🎉'.repeat(500) }],
  ['Korean', { 팀: '추출' }],
  ['odd names', ODD_NAMES],
];

const REFUSED: [string, unknown, string][] = [
  ['a text', 'team', 'metadata must be an object of texts, such as {"team": "billing"}, not "team"'],
  ['a number', 7, 'metadata must be an object of texts, such as {"team": "billing"}, not 7'],
  ['an array', ['team'], 'metadata must be an object of texts, such as {"team": "billing"}, not an array'],
  ['21 keys', keys(21), 'metadata has 21 keys; use at most 20'],
  ['an empty key', { '': 'x' }, 'metadata: "" is not a key; use 1 to 40 characters without control characters'],
  ['a long key', { ['k'.repeat(41)]: 'x' }, 'metadata: a text of 41 characters is not a key; use 1 to 40 characters'],
  ['a key with a control character', { 'a\u0000': 'x' }, 'metadata: "a\\u0000" is not a key; use 1 to 40'],
  ['a key that is not well-formed', { '\ud800': 'x' }, 'metadata: "\\ud800" is not a key; use 1 to 40'],
  ['a long value', { team: 'v'.repeat(501) }, 'metadata.team must be text of 0 to 500 characters without control'],
  ['a value with a control character', { team: '\u0000' }, 'metadata.team must be text of 0 to 500 characters'],
  ['a value that is not well-formed', { team: '\ud800' }, 'metadata.team must be text of 0 to 500 characters'],
  [
    'a number as value',
    { team: 7 },
    'metadata.team must be text of 0 to 500 characters without control characters, not 7',
  ],
  ['null as value', { team: null }, 'characters without control characters, not null'],
  ['an object as value', { team: { name: 'x' } }, 'metadata.team must be text of 0 to 500 characters'],
  ['a key constructor', { constructor: 'x' }, 'metadata.constructor should not exist'],
  ['a key prototype', { prototype: 'x' }, 'metadata.prototype should not exist'],
];

describe('The metadata of a webhook', () => {
  let service: TestApp;
  let userId: string;
  let api: ApiClient;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(() => service.close());

  beforeEach(async () => {
    userId = `uid_${randomUUID()}`;
    api = await service.as(userId);
  });

  async function create(metadata?: unknown) {
    const { status, body } = await api.post('/v1/webhooks', {
      ...VALID,
      ...(metadata === undefined ? {} : { metadata }),
    });
    expect([status, body]).toEqual([200, expect.anything()]);
    return body.data.webhook as { id: string; metadata: unknown; updatedAt: string };
  }

  const columns = () =>
    service.app.get(PrismaService).$queryRaw<{ isNull: boolean }[]>`
      SELECT metadata IS NULL AS "isNull" FROM webhooks WHERE user_id = ${userId}`;

  it.each(KEPT)('keeps %s in a creation and a change, and shows it in every answer', async (_case, metadata) => {
    const created = await create(metadata);
    expect(created.metadata).toEqual(metadata);
    const path = `/v1/webhooks/${created.id}`;
    const changed = await api.patch(path, { metadata: { other: 'x' } });
    expect(changed.body.data.metadata).toEqual({ other: 'x' });
    const back = await api.patch(path, { metadata });
    expect([back.status, back.body.data.metadata]).toEqual([200, metadata]);
    const rotated = await api.post(`${path}/rotate-secret`);
    expect(rotated.body.data.webhook.metadata).toEqual(metadata);
    expect((await api.get(path)).body.data.metadata).toEqual(metadata);
    expect((await api.get('/v1/webhooks')).body.data).toMatchObject([{ metadata }]);
  });

  it.each(REFUSED)('refuses %s in a creation and a change', async (_case, metadata, message) => {
    const refused = { error: { code: 'VALIDATION_ERROR', message: expect.stringContaining(message) } };
    expect(await api.post('/v1/webhooks', { ...VALID, metadata })).toMatchObject({ status: 400, body: refused });
    const webhook = await create({ team: 'billing' });
    const path = `/v1/webhooks/${webhook.id}`;
    expect(await api.patch(path, { metadata })).toMatchObject({ status: 400, body: refused });
    expect((await api.get(path)).body.data).toEqual(webhook);
  });

  it('refuses null in a creation, and a key __proto__', async () => {
    const answers = [
      await api.post('/v1/webhooks', { ...VALID, metadata: null }),
      await api.post('/v1/webhooks', JSON.stringify({ ...VALID, metadata: 0 }).replace(':0', ':{"__proto__":"x"}'), {
        'content-type': 'application/json',
      }),
    ];
    for (const { status, body } of answers) expect([status, body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('refuses a body over the limit of management routes', async () => {
    const metadata = Object.fromEntries(Object.keys(keys(20)).map((key) => [key, '\u00e9'.repeat(4_000)]));
    const { status, body } = await api.post('/v1/webhooks', { ...VALID, metadata });
    expect([status, body.error.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  it.each([
    ['null', null],
    ['{}', {}],
  ])('is cleared by %s and takes no space then', async (_case, metadata) => {
    const { id } = await create({ team: 'billing' });
    expect(await columns()).toEqual([{ isNull: false }]);
    const { status, body } = await api.patch(`/v1/webhooks/${id}`, { metadata });
    expect([status, body.data.metadata]).toEqual([200, {}]);
    expect(await columns()).toEqual([{ isNull: true }]);
  });

  it('is replaced as a whole, and kept by a change that does not name it', async () => {
    const { id } = await create({ team: 'billing', plan: 'pro' });
    const replaced = await api.patch(`/v1/webhooks/${id}`, { metadata: { team: 'sales' } });
    expect(replaced.body.data.metadata).toEqual({ team: 'sales' });
    for (const change of [{ description: 'x' }, { active: false }, { active: true }, {}]) {
      expect((await api.patch(`/v1/webhooks/${id}`, change)).body.data.metadata).toEqual({ team: 'sales' });
    }
  });

  it('is {} and takes no space for a webhook that has none', async () => {
    expect((await create()).metadata).toEqual({});
    expect(await columns()).toEqual([{ isNull: true }]);
  });
});
