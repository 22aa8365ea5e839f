import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';

interface Schema {
  $ref?: string;
  type?: string | string[];
  allOf?: Schema[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
}

interface Document {
  paths: Record<
    string,
    Record<
      string,
      {
        parameters?: { name: string; in: string }[];
        requestBody?: { content: Record<string, { schema: Schema }> };
      }
    >
  >;
  components: { schemas: Record<string, Schema> };
}

// Read at load time, because its contents are the names of tests. Another test keeps the file fresh.
const { paths, components } = JSON.parse(readFileSync('openapi.json', 'utf8')) as Document;

/** A valid body of each schema. */
const VALID: Record<string, Record<string, unknown>> = {
  CreateWebhook: { url: 'https://your-app.com/hook', events: ['extraction.completed'] },
  UpdateWebhook: {},
  TestFilter: { filter: { type: 'x' }, event: { data: {} } },
  RotateSecret: {},
  CancelBacklog: {},
  ResendDeliveries: { ids: ['01948432-9d6c-7c3e-8f1a-2b3c4d5e6f70'] },
  RecoverWebhook: { since: '2025-01-20T00:00:00.000Z' },
  PublishEvent: { event: 'extraction.completed', userId: 'uid_1', extractionId: 'extract-1', data: {} },
  PublishEvents: {
    events: [{ event: 'extraction.completed', userId: 'uid_1', extractionId: 'extract-1', data: {} }],
  },
  CreateApiKey: { name: 'x', expiresIn: '30d' },
};

/** A value of each JSON type, and values that a careless conversion would mistake for another type. */
const VALUES: { type: string; value: unknown }[] = [
  { type: 'null', value: null },
  { type: 'boolean', value: true },
  { type: 'number', value: 1.5 },
  { type: 'string', value: 'true' },
  { type: 'string', value: '5' },
  { type: 'array', value: [] },
  { type: 'array', value: ['https://your-app.com/hook'] },
  { type: 'array', value: [[]] },
  { type: 'object', value: {} },
  { type: 'object', value: { toString: 'x', length: 1, 0: 'extraction.completed' } },
];

/** Columns that a caller can't choose, and properties that careless code merges or reads. */
const NOT_MEANT = [
  'id userId user active secret createdAt updatedAt disabledAt disabledReason failingSince throttledUntil',
  'previousSecret key keyHash prefix revokedAt lastUsedAt status queued deliveries isAdmin role scope $where',
  'constructor prototype __defineGetter__ toString hasOwnProperty valueOf',
].flatMap((names) => names.split(' '));

const operations = Object.entries(paths).flatMap(([path, byMethod]) =>
  Object.entries(byMethod).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })),
);
const withBody = operations.flatMap(({ method, path, requestBody }) => {
  const name = requestBody?.content['application/json']?.schema.$ref?.split('/').at(-1);
  return name === undefined ? [] : [{ method, path, name, properties: components.schemas[name]?.properties ?? {} }];
});

/** The JSON types that a schema allows. */
function typesOf({ type, anyOf = [], $ref }: Schema): unknown[] {
  const named = components.schemas[$ref?.split('/').at(-1) ?? ''];
  return [type, ...anyOf.flatMap(typesOf), ...(named ? typesOf(named) : [])].flat();
}

describe('The validation of a request', () => {
  let service: TestApp;
  let webhookId: string;

  beforeAll(async () => {
    service = await startApp();
    webhookId = (await service.api.createWebhook('https://your-app.com/hook')).webhook.id;
  });

  afterAll(async () => {
    await service.close();
  });

  async function refusalOf(method: string, path: string, body: unknown): Promise<string> {
    const answer = await service.api.request(method, path.replace('{id}', webhookId), { body });
    expect([body, answer.status, answer.body.error?.code]).toEqual([body, 400, 'VALIDATION_ERROR']);
    return String(answer.body.error.message);
  }

  it('covers every body of the API', () => {
    expect(withBody.map(({ name }) => name).sort()).toEqual(Object.keys(VALID).sort());
  });

  it.each(withBody)(
    'refuses values of a wrong type in $method $path, by name',
    async ({ method, path, name, properties }) => {
      const wrong = Object.entries(properties).flatMap(([property, schema]) =>
        VALUES.filter((one) => !typesOf(schema).includes(one.type)).map(({ value }) => [property, value]),
      );
      await Promise.all(
        wrong.map(async ([property, value]) => {
          const message = await refusalOf(method, path, { ...VALID[name], [String(property)]: value });
          expect([property, value, message]).toEqual([property, value, expect.stringContaining(String(property))]);
        }),
      );
      expect(Object.keys(properties).length).toBeGreaterThan(0);
    },
  );

  it.each(withBody)('refuses unknown properties in $method $path', async ({ method, path, name, properties }) => {
    const names = NOT_MEANT.filter((property) => !Object.hasOwn(properties, property));
    await Promise.all(
      names.map(async (property) => {
        const message = await refusalOf(method, path, { ...VALID[name], [property]: true });
        expect([property, message]).toEqual([property, expect.stringContaining(`${property} should not exist`)]);
      }),
    );
  });

  it.each(withBody)('refuses keys of prototypes in $method $path', async ({ method, path, name }) => {
    const body = JSON.stringify({ ...VALID[name], x: 0 }).replace('"x":0', '"__proto__":{"polluted":true}');
    await refusalOf(method, path, body);
    const other = JSON.stringify({ ...VALID[name], constructor: { prototype: { polluted: true } } });
    await refusalOf(method, path, other);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('accepts keys of prototypes in data when they have no effect', async () => {
    const data = { constructor: { prototype: { polluted: true } }, prototype: { polluted: true }, toString: 'x' };
    const { body } = await service.api.post('/v1/events', { ...VALID.PublishEvent, data });
    expect(body.data?.id).toBeDefined();
    for (const depth of [0, 1, 50]) {
      const text = `${'{"a":'.repeat(depth)}{"__proto__":{"polluted":true}}${'}'.repeat(depth)}`;
      const event = JSON.stringify({ ...VALID.PublishEvent, data: 0 }).replace('"data":0', `"data":${text}`);
      await refusalOf('POST', '/v1/events', event);
      await refusalOf('POST', '/v1/events/batch', `{"events":[${event}]}`);
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(([] as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each(['1e999', '-1e999', '9'.repeat(400)])(
    'refuses a number out of the range of JavaScript: %.20s',
    async (number) => {
      const path = `/v1/webhooks/${webhookId}/rotate-secret`;
      expect(await refusalOf('POST', path, `{"overlapSeconds":${number}}`)).toContain('overlapSeconds must be');
    },
  );

  it('limits the length of arrays', async () => {
    const event = VALID.PublishEvent;
    expect(await refusalOf('POST', '/v1/events/batch', { events: Array.from({ length: 501 }, () => event) })).toContain(
      '500',
    );
    await refusalOf('POST', '/v1/webhooks', {
      ...VALID.CreateWebhook,
      events: Array.from({ length: 2_000 }, () => 'extraction.completed'),
    });
    await refusalOf('POST', '/v1/api-keys', {
      ...VALID.CreateApiKey,
      scopes: Array.from({ length: 2_000 }, () => 'webhooks'),
    });
  });

  const queries = operations.flatMap(({ method, path, parameters = [] }) =>
    parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => ({ method, path, name })),
  );

  it.each(queries)(
    'accepts $name only once, and as text, in the query of $method $path',
    async ({ method, path, name }) => {
      for (const query of [`${name}=a&${name}=b`, `${name}=&${name}=`, `${name}[]=a`, `${name}[a]=b`, `${name}.a=b`]) {
        const { status, body } = await service.api.request(method, `${path.replace('{id}', webhookId)}?${query}`);
        expect([query, status, body.error?.code]).toEqual([query, 400, 'VALIDATION_ERROR']);
        expect(body.error.message).toContain(name);
      }
    },
  );
});
