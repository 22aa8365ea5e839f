import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newDatabase, type TestDatabase } from '../support/database.js';
import { Receiver } from '../support/receiver.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';

interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  allOf?: Schema[];
  anyOf?: Schema[];
  items?: Schema;
  pattern?: string;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
}

interface Document {
  paths: Record<
    string,
    Record<string, { responses: Record<string, { content?: Record<string, { schema: Schema }> }> }>
  >;
  components: { schemas: Record<string, Schema> };
}

const ISO_8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const TYPES: Record<string, (value: unknown) => boolean> = {
  null: (value) => value === null,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

describe('Answers have the form that the OpenAPI document gives them', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  let receiver: Receiver;
  let document: Document;
  let ids: { webhook: string; record: string; event: string; recovery: string };

  beforeAll(async () => {
    database = await newDatabase();
    server = await startServerProcess({ database });
    receiver = await Receiver.start((_request, response) => response.end('thanks'));
    document = (await (await fetch(`${server.url}/openapi.json`)).json()) as Document;

    const { api } = server;
    const { webhook } = await api.createWebhook(receiver.url);
    const event = await api.publish();
    const [record] = await api.log(1);
    const since = new Date(Date.now() - 60_000).toISOString();
    const { body } = await api.post(`/v1/webhooks/${webhook.id}/recover`, { since });
    ids = { webhook: webhook.id, record: String(record?.id), event: event.id, recovery: String(body.data.id) };
  });

  afterAll(async () => {
    await server?.kill('SIGTERM');
    await receiver?.close();
    await database?.drop();
  });

  /** The parts of a value that do not fit, as paths into it. */
  function misfits(value: unknown, schema: Schema, at = 'body'): string[] {
    if (schema.$ref) return misfits(value, document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, at);
    const types = [schema.type ?? []].flat();
    if (schema.anyOf) {
      const faults = schema.anyOf.map((part) => misfits(value, part, at));
      return faults.find(({ length }) => length === 0) ?? faults[0] ?? [];
    }
    if (schema.allOf) return schema.allOf.flatMap((part) => misfits(value, part, at));
    if (!types.some((type) => TYPES[type]?.(value))) return [`${at} is no ${types.join(' or ')}`];
    if (value === null) return [];
    if (schema.pattern && !new RegExp(schema.pattern).test(value as string)) return [`${at} has another pattern`];
    if (schema.format === 'date-time' && !ISO_8601.test(value as string)) return [`${at} is no time`];
    if (schema.items)
      return (value as unknown[]).flatMap((item, index) => misfits(item, schema.items ?? {}, `${at}[${index}]`));
    if (!schema.properties) return [];
    const object = value as Record<string, unknown>;
    return [
      ...(schema.required ?? []).filter((name) => !(name in object)).map((name) => `${at}.${name} is missing`),
      ...Object.keys(object)
        .filter((name) => !schema.properties?.[name])
        .map((name) => `${at}.${name} is undocumented`),
      ...Object.entries(schema.properties).flatMap(([name, property]) =>
        name in object ? misfits(object[name], property, `${at}.${name}`) : [],
      ),
    ];
  }

  const CASES: { method: string; path: string; status: number; body?: unknown; fill?: () => Record<string, string> }[] =
    [
      { method: 'GET', path: '/v1/webhooks', status: 200 },
      { method: 'GET', path: '/v1/webhooks/{id}', status: 200, fill: () => ({ id: ids.webhook }) },
      { method: 'PATCH', path: '/v1/webhooks/{id}', status: 200, body: {}, fill: () => ({ id: ids.webhook }) },
      {
        method: 'POST',
        path: '/v1/webhooks/{id}/rotate-secret',
        status: 200,
        body: {},
        fill: () => ({ id: ids.webhook }),
      },
      { method: 'POST', path: '/v1/webhooks/{id}/test', status: 202, fill: () => ({ id: ids.webhook }) },
      {
        method: 'POST',
        path: '/v1/webhooks/{id}/recover',
        status: 202,
        body: { since: '2025-01-20T00:00:00.000Z' },
        fill: () => ({ id: ids.webhook }),
      },
      {
        method: 'GET',
        path: '/v1/webhooks/{id}/recoveries/{recoveryId}',
        status: 200,
        fill: () => ({ id: ids.webhook, recoveryId: ids.recovery }),
      },
      {
        method: 'POST',
        path: '/v1/webhooks/{id}/recover',
        status: 200,
        body: { since: '2025-01-20T00:00:00.000Z', dryRun: true },
        fill: () => ({ id: ids.webhook }),
      },
      { method: 'GET', path: '/v1/webhooks/{id}/recoveries', status: 200, fill: () => ({ id: ids.webhook }) },
      {
        method: 'DELETE',
        path: '/v1/webhooks/{id}/recoveries/{recoveryId}',
        status: 200,
        fill: () => ({ id: ids.webhook, recoveryId: ids.recovery }),
      },
      { method: 'GET', path: '/v1/webhooks/{id}/stats', status: 200, fill: () => ({ id: ids.webhook }) },
      { method: 'GET', path: '/v1/webhooks/{id}/backlog', status: 200, fill: () => ({ id: ids.webhook }) },
      { method: 'POST', path: '/v1/webhooks/{id}/backlog/send-now', status: 202, fill: () => ({ id: ids.webhook }) },
      { method: 'POST', path: '/v1/webhooks/{id}/backlog/cancel', status: 200, fill: () => ({ id: ids.webhook }) },
      { method: 'GET', path: '/v1/webhooks/stats', status: 200 },
      { method: 'GET', path: '/v1/event-types', status: 200 },
      { method: 'GET', path: '/v1/webhooks/deliveries', status: 200 },
      { method: 'GET', path: '/v1/webhooks/deliveries/{id}', status: 200, fill: () => ({ id: ids.record }) },
      { method: 'POST', path: '/v1/webhooks/deliveries/{id}/resend', status: 202, fill: () => ({ id: ids.record }) },
      {
        method: 'POST',
        path: '/v1/webhooks',
        status: 200,
        body: { url: 'https://your-app.com/webhooks/docmap', events: ['extraction.failed'] },
      },
      {
        method: 'POST',
        path: '/v1/events',
        status: 202,
        body: { event: 'extraction.completed', userId: 'uid_nobody', extractionId: 'extract-1', data: {} },
      },
      {
        method: 'POST',
        path: '/v1/events/batch',
        status: 202,
        body: { events: [{ event: 'extraction.failed', userId: 'uid_nobody', extractionId: 'extract-1', data: {} }] },
      },
      { method: 'GET', path: '/v1/events/{id}', status: 200, fill: () => ({ id: ids.event }) },
      { method: 'POST', path: '/v1/api-keys', status: 201, body: { name: 'x', expiresIn: '30d' } },
      { method: 'GET', path: '/v1/api-keys', status: 200 },
      { method: 'GET', path: '/health', status: 200 },
      { method: 'GET', path: '/health/ready', status: 200 },
      { method: 'GET', path: '/v1/webhooks/{id}', status: 404, fill: () => ({ id: 'nope' }) },
      { method: 'DELETE', path: '/v1/api-keys/{id}', status: 404, fill: () => ({ id: randomUUID() }) },
      { method: 'POST', path: '/v1/events', status: 400, body: {} },
    ];

  it.each(CASES)('$method $path: $status', async ({ method, path, status, body, fill }) => {
    const values = fill?.() ?? {};
    const answer = await server.api.request(
      method,
      path.replaceAll(/\{(\w+)\}/g, (_match, name) => values[name] ?? ''),
      {
        body,
      },
    );
    const schema =
      document.paths[path]?.[method.toLowerCase()]?.responses[status]?.content?.['application/json']?.schema;
    expect(answer.status).toBe(status);
    expect(schema).toBeDefined();
    expect(misfits(answer.body, schema ?? {})).toEqual([]);
  });

  it('deletes with the documented answer', async () => {
    const { webhook } = await server.api.createWebhook(receiver.url);
    const { body } = await server.api.delete(`/v1/webhooks/${webhook.id}`);
    const schema = document.paths['/v1/webhooks/{id}']?.delete?.responses[200]?.content?.['application/json']?.schema;
    expect(misfits(body, schema ?? {})).toEqual([]);
    expect(misfits({}, schema ?? {})).toEqual(['body.success is missing']);
  });
});
