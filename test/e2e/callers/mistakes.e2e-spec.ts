import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { expectKorean } from '../../support/korean.js';

const HOOK = 'https://your-app.com/hook';
const WEBHOOK = { url: HOOK, events: ['extraction.completed'] };
const EVENT = { event: 'extraction.completed', userId: 'uid_nobody', extractionId: 'extract-1', data: {} };
const RECORDS = '/v1/webhooks/deliveries';
const TUNNEL =
  'register the HTTPS URL of a tunnel; or start this service with WEBHOOK_REQUIRE_HTTPS=false and ' +
  'WEBHOOK_ALLOWED_NETWORKS=127.0.0.0/8';

/** `{id}` stands for the id of a webhook, `{uuid}` for an id of another kind, `{key}` for a valid API key. */
type Mistake = [what: string, answer: string, hint: string];

/** Authorization headers. */
const CREDENTIALS: Mistake[] = [
  ['{key}', 'is missing', 'the word Bearer and a space are missing before the key'],
  ['Token {key}', 'is missing', 'does not begin with the word Bearer'],
  ['Bearer: {key}', 'is missing', 'no colon follows'],
  ['Bearer', 'is missing', 'the variable with the key is empty'],
  ['Bearer Bearer {key}', 'is missing', 'is there twice'],
  ['Bearer{key}', 'is missing', 'a space is missing'],
  ['Bearer {key} {key}', 'is missing', 'white space inside the key'],
  ['Bearer "{key}"', 'is invalid', 'without quotes'],
  ['Bearer <{key}>', 'is invalid', 'without quotes, brackets'],
  ['Bearer {key},', 'is invalid', 'punctuation'],
  ['Bearer <key>', 'is invalid', 'placeholder'],
  ['Bearer $DOCMAP_KEY', 'is invalid', 'placeholder'],
  ['Bearer undefined', 'is invalid', 'placeholder'],
  ['Bearer YOUR_API_KEY', 'is invalid', 'placeholder'],
  ['Bearer dm_live_abc1...', 'is invalid', 'only the beginning'],
  ['Bearer dm_live_abc123', 'is invalid', '30 to 64 letters or digits'],
  ['Bearer dm_test_abc123def456ghi789jkl012mno345', 'is invalid', 'begin with "dm_live_"'],
  ['Bearer {uuid}', 'is invalid', 'this is an id'],
  [`Bearer dm_live_${'0'.repeat(64)}`, 'is invalid', 'check that it is complete'],
];

/** Requests with a valid key. */
const PATHS: Mistake[] = [
  ['GET /v1/webhooks/', 'There is no such route', 'did you mean GET /v1/webhooks?'],
  ['POST /v1/webhooks/', 'There is no such route', 'did you mean POST /v1/webhooks?'],
  ['GET /v1/webhooks/{id}/', 'There is no such route', 'did you mean GET /v1/webhooks/{id}?'],
  ['POST /webhooks', 'There is no such route', 'did you mean POST /v1/webhooks?'],
  ['GET /api/v1/webhooks', 'There is no such route', 'did you mean GET /v1/webhooks?'],
  ['GET /v1/Webhooks', 'There is no such route', 'did you mean GET /v1/webhooks?'],
  ['GET /v1/webhook', 'There is no such route', 'did you mean GET /v1/webhooks?'],
  ['GET /v1//webhooks', 'There is no such route', 'did you mean GET /v1/webhooks?'],
  ['GET /v1/deliveries', 'There is no such route', 'did you mean GET /v1/webhooks/deliveries?'],
  ['GET /v1/webhooks/{id}/deliveries', 'There is no such route', 'deliveries?webhookId={id}?'],
  ['POST /v1/webhooks/{id}/resend', 'There is no such route', 'did you mean POST /v1/webhooks/deliveries/{id}/resend?'],
  ['GET /v1/nothing/like/it', 'There is no such route', 'GET /docs lists all routes'],
  ['GET /v1/webhooks/{uuid}', 'There is no webhook', 'begin with "webhook-"'],
  ['GET /v1/webhooks/deliveries/{uuid}', 'There is no delivery record', 'not its deliveryId'],
  ['GET /v1/events/extract-1', 'There is no event', 'not the extractionId'],
  ['DELETE /v1/api-keys/dm_live_abc1', 'There is no API key', 'not the key itself'],
  ['GET /v1/webhooks/{id}/recoveries/{uuid}', 'There is no recovery', 'POST /v1/webhooks/{id}/recover'],
  [
    `GET ${RECORDS}?page=2`,
    'page should not exist',
    'did you mean cursor, the nextCursor of the page before, with limit',
  ],
  [`GET ${RECORDS}?offset=10`, 'offset should not exist', 'did you mean cursor'],
  [`GET ${RECORDS}?per_page=10`, 'per_page should not exist', 'did you mean limit?'],
  [`GET ${RECORDS}?webhook_id=x`, 'webhook_id should not exist', 'did you mean webhookId?'],
  [`GET ${RECORDS}?webhook-id=x`, 'webhook-id should not exist', 'did you mean webhookId?'],
  [`GET ${RECORDS}?from=2025-01-20`, 'from should not exist', 'did you mean since?'],
  [`GET ${RECORDS}?limit=1000`, 'limit must be a whole number from 1 to 100', 'not 1000'],
  [`GET ${RECORDS}?limit=abc`, 'limit must be a whole number from 1 to 100', 'not "abc"'],
  [`GET ${RECORDS}?status=ok&status=ok`, 'status', 'must be given once'],
  [`GET ${RECORDS}?since=1737383404`, 'since must be an ISO 8601 time', 'did you mean 2025-01-20T14:30:04.000Z?'],
  [`GET ${RECORDS}?since=2025-01-20`, 'since must be an ISO 8601 time', 'did you mean 2025-01-20T00:00:00Z?'],
];

/** Bodies, in the form in which they are sent. */
const BODIES: Mistake[] = [
  ["{'url': 'x'}", 'The body is not JSON', 'double quotes'],
  ['{url: "x"}', 'The body is not JSON', 'double quotes'],
  ['{"url":"x",}', 'The body is not JSON', 'no comma may stand before }'],
  ['{"events":["x",]}', 'The body is not JSON', 'no comma may stand before ]'],
  ['{"url":None}', 'The body is not JSON', 'write true, false and null'],
  ['{"url":"x', 'The body is not JSON', 'the text ends too early'],
  ['{"url":"x\n"}', 'The body is not JSON', 'line break'],
  ['url=x&events=y', 'The body is not JSON', 'an object begins with {'],
  ['[object Object]', 'The body is not JSON', 'JSON.stringify'],
  [JSON.stringify(JSON.stringify(WEBHOOK)), 'must be a JSON object', 'it was encoded twice'],
  [
    JSON.stringify([WEBHOOK]),
    'must be a JSON object with url, events, description, metadata, filter, headers, timeoutMs, retrySchedule, ordering, rateLimit, signature and auth',
    'not an array',
  ],
];

/** Bodies of routes. */
const FIELDS: [request: string, body: object, answer: string, hint: string][] = [
  ['POST /v1/webhooks', { data: WEBHOOK }, 'data', 'send them at the top level'],
  ['POST /v1/webhooks', { ...WEBHOOK, events: 'extraction.completed' }, 'events must be', '["extraction.completed"]'],
  [
    'POST /v1/webhooks',
    { ...WEBHOOK, events: [] },
    'events must name',
    'event type: extraction.completed or extraction.failed',
  ],
  ['POST /v1/webhooks', { url: HOOK, event: 'x' }, 'event should not exist', 'did you mean events?'],
  ['POST /v1/webhooks', { endpoint: HOOK, events: [] }, 'endpoint should not exist', 'did you mean url?'],
  ['POST /v1/webhooks', { ...WEBHOOK, name: 'x' }, 'name should not exist', 'did you mean description?'],
  ['POST /v1/webhooks', { ...WEBHOOK, description: 5 }, 'description must be text', 'not 5'],
  ['POST /v1/webhooks', { ...WEBHOOK, url: null }, 'url must be a string', 'not null'],
  ['PATCH /v1/webhooks/{id}', { active: 'true' }, 'active must be true or false', 'not "true"'],
  ['PATCH /v1/webhooks/{id}', { isActive: true }, 'isActive should not exist', 'did you mean active?'],
  ['POST /v1/webhooks/{id}/rotate-secret', { overlapSeconds: '60' }, 'overlapSeconds must be', 'not "60"'],
  [
    'POST /v1/webhooks/{id}/recover',
    { since: 1_737_383_404 },
    'since must be',
    'did you mean 2025-01-20T14:30:04.000Z?',
  ],
  ['POST /v1/api-keys', { name: 'x', expires_in: '30d' }, 'expires_in should not exist', 'did you mean expiresIn?'],
  ['POST /v1/api-keys', { name: 'x', expiresIn: '30d', scope: 'x' }, 'scope should not exist', 'scopes, an array'],
  ['POST /v1/events', { ...EVENT, user_id: 'x', userId: undefined }, 'user_id should not', 'did you mean userId?'],
  ['POST /v1/events', { ...EVENT, payload: {}, data: undefined }, 'payload should not', 'did you mean data?'],
  ['POST /v1/events', { ...EVENT, data: '{}' }, 'data must be an object', 'not "{}"'],
  ['POST /v1/events', { data: EVENT }, 'data', 'send them at the top level'],
  ['POST /v1/events', { events: [EVENT] }, 'events is for', 'POST /v1/events/batch'],
  ['POST /v1/events/batch', [EVENT], 'must be a JSON object with events', 'not an array'],
  ['POST /v1/events/batch', { event: [EVENT] }, 'event should not exist', 'did you mean events?'],
];

/** URLs of webhooks. */
const URLS: Mistake[] = [
  ['http://localhost:3000/hook', 'must be an HTTPS URL', TUNNEL],
  ['localhost:3000/hook', 'must be an HTTPS URL', TUNNEL],
  ['https://localhost/', 'must have a public host name', TUNNEL],
  ['http://127.0.0.1:3000/', 'must be an HTTPS URL', TUNNEL],
  ['https://[::1]/', 'private or reserved address', TUNNEL],
  ['https://192.168.1.5/', 'private or reserved address', 'the network in WEBHOOK_ALLOWED_NETWORKS'],
  ['https://169.254.169.254/', 'private or reserved address', 'no setting allows this address'],
  ['https://host.docker.internal/', 'public host name', 'register its address, which WEBHOOK_ALLOWED_NETWORKS must'],
  ['http://your-app.com/', 'must be an HTTPS URL', 'begin it with https://'],
  ['your-app.com/hook', 'must be an absolute URL', 'begin it with https://'],
  ['/hook', 'must be an absolute URL', 'begin it with https:// and a host'],
  ['ftp://your-app.com/', 'must be an HTTPS URL', 'begin it with https://'],
  ['https://your-app.com:99999/', 'must be an absolute URL', 'check its host and port'],
  ['"https://your-app.com/"', 'must be an absolute URL', 'remove the quotes'],
  ['https://me:hunter2@your-app.com/', 'credentials', 'remove user name and password'],
  ['https://your-app.com/#hunter2', 'fragment', 'remove the #'],
];

describe('The correction is in the answer to', () => {
  let service: TestApp;
  const values: Record<string, string> = {};

  beforeAll(async () => {
    service = await startApp({ env: { WEBHOOK_REQUIRE_HTTPS: 'true', WEBHOOK_ALLOWED_NETWORKS: '' } });
    const { body } = await service.api.post('/v1/api-keys', { name: 'x', expiresIn: '30d' });
    values['{key}'] = String(body.data.key);
    values['{uuid}'] = String(body.data.apiKey.id);
    values['{id}'] = (await service.api.createWebhook(HOOK)).webhook.id;
  });

  afterAll(async () => {
    await service.close();
  });

  const filled = (text: string): string => text.replaceAll(/\{\w+\}/g, (name) => values[name] ?? name);

  async function messageOf(request: string, options: { body?: unknown; headers?: Record<string, string> } = {}) {
    const [method = '', path = ''] = filled(request).split(' ');
    const { status, body } = await service.api.request(method, path, options);
    const { code, message } = body.error as { code: string; message: string };
    const korean = await service.api.request(method, path, {
      ...options,
      headers: { ...options.headers, 'accept-language': 'ko-KR' },
    });
    expect([korean.status, korean.body.error.code]).toEqual([status, code]);
    expectKorean(korean);
    expect(Buffer.byteLength(message)).toBeLessThan(1_000);
    return { status, message };
  }

  it.each(CREDENTIALS)('the header "Authorization: %s"', async (header, answer, hint) => {
    const headers = { authorization: filled(header) };
    const { status, message } = await messageOf('GET /v1/webhooks', { headers });
    expect([status, message]).toEqual([401, expect.stringContaining(answer)]);
    expect(message).toContain(hint);
    for (const value of Object.values(values)) expect(message).not.toContain(value);
  });

  it.each([
    ['/v1/webhooks', 'x-api-key', 'the header x-api-key is not read'],
    ['/v1/webhooks?api_key={key}', 'x-nothing', 'a key in the query is not read'],
  ])('a key in the wrong place: %s, %s', async (path, header, hint) => {
    const response = await fetch(service.url + filled(path), { headers: { [header]: values['{key}'] ?? '' } });
    expect(await response.text()).toContain(hint);
    expect(response.status).toBe(401);
  });

  it('a key that was revoked', async () => {
    const { body } = await service.api.post('/v1/api-keys', { name: 'x', expiresIn: '30d' });
    await service.api.delete(`/v1/api-keys/${body.data.apiKey.id}`);
    const headers = { authorization: `Bearer ${body.data.key}` };
    expect((await messageOf('GET /v1/webhooks', { headers })).message).toContain('invalid: it was revoked');
  });

  it.each(PATHS)('%s', async (request, answer, hint) => {
    const { status, message } = await messageOf(request);
    expect([request, status]).toEqual([request, request.includes('?') ? 400 : 404]);
    expect(message).toContain(answer);
    expect(message).toContain(hint);
  });

  it.each(BODIES)('the body %s', async (body, answer, hint) => {
    const { status, message } = await messageOf('POST /v1/webhooks', { body });
    expect([status, message]).toEqual([400, expect.stringContaining(answer)]);
    expect(message).toContain(hint);
  });

  it.each(FIELDS)('%s with %j', async (request, body, answer, hint) => {
    const { status, message } = await messageOf(request, { body });
    expect([status, message]).toEqual([400, expect.stringContaining(answer)]);
    expect(message).toContain(hint);
  });

  it.each(URLS)('the URL %s', async (url, answer, hint) => {
    const { status, message } = await messageOf('POST /v1/webhooks', { body: { ...WEBHOOK, url } });
    expect([status, message]).toEqual([400, expect.stringContaining('url ')]);
    expect(message).toContain(answer);
    expect(message).toContain(hint);
    expect(message).not.toContain('hunter2');
  });
});
