import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';

interface Schema {
  $ref?: string;
  enum?: unknown[];
  default?: unknown;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
}

type Content = Record<string, { schema: Schema }>;

interface Operation {
  operationId: string;
  parameters?: { schema: Schema }[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, { content?: Content; headers: Record<string, unknown> }>;
}

interface Document {
  servers: unknown[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

// As committed: `.ci/run` keeps it fresh.
const { servers, paths, components } = JSON.parse(readFileSync('openapi.json', 'utf8')) as Document;
const operations = Object.entries(paths).flatMap(([path, byMethod]) =>
  Object.entries(byMethod).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })),
);
const responses = operations.flatMap(({ operationId, responses }) =>
  Object.entries(responses).map(([status, response]) => ({ name: `${operationId} ${status}`, status, response })),
);

const OPERATION_IDS = `
  createWebhook listWebhooks getWebhook updateWebhook deleteWebhook rotateWebhookSecret testFilter testWebhook recoverWebhook
  listEventTypes getRecovery listRecoveries cancelRecovery getWebhookStats listDeliveries getDelivery resendDelivery resendDeliveries getStats
  listBacklog sendBacklogNow cancelBacklog streamEvents publishEvent publishEvents getEvent
  createApiKey listApiKeys revokeApiKey getHealth getReadiness getMetrics`
  .trim()
  .split(/\s+/);

describe('The OpenAPI document, for generators of clients', () => {
  it('gives operations readable names', () => {
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual([...OPERATION_IDS].sort());
  });

  it('names every form of a body and of an answer, and none after a class or a status', () => {
    const unnamed = [...responses.map(({ response }) => response), ...operations.map(({ requestBody }) => requestBody)]
      .flatMap((one) => one?.content?.['application/json']?.schema ?? [])
      .filter(({ $ref }) => $ref === undefined);
    expect(unnamed).toEqual([]);
    expect(Object.keys(components.schemas).filter((name) => /Dto|(?<!OAuth)\d/.test(name))).toEqual([]);
    expect(Object.keys(components.schemas)).toEqual(
      expect.arrayContaining(['Webhook', 'CreateWebhook', 'UpdateWebhook', 'WebhookPage', 'Delivery', 'ApiKeyPage']),
    );
  });

  it('says the event types of requests once, and those of the log', () => {
    const inline = operations.flatMap(({ parameters = [] }) => parameters.map(schemaOf));
    const found = [...schemasIn(Object.values(components.schemas)), ...schemasIn(inline)];
    const enums = found.flatMap((schema) => (schema.enum?.includes('extraction.completed') ? [schema] : []));
    expect(new Set(enums)).toEqual(
      new Set([
        components.schemas.EventType,
        components.schemas.EventSubscription,
        components.schemas.DeliveredEventType,
      ]),
    );
    expect(components.schemas.EventType?.enum).toEqual(['extraction.completed', 'extraction.failed']);
  });

  it('closes the forms of requests, and makes no field required by a default', () => {
    const found = schemasIn(
      operations.flatMap(({ requestBody }) => Object.values(requestBody?.content ?? {}).map(schemaOf)),
    );
    expect(found.filter((schema) => schema.properties && schema.additionalProperties !== false)).toEqual([]);
    expect(found.filter((schema) => schema.default !== undefined)).toEqual([]);
  });

  it('leaves the forms of answers open: they may gain fields and values', () => {
    const found = schemasIn(responses.flatMap(({ response }) => Object.values(response.content ?? {}).map(schemaOf)));
    expect(found.length).toBeGreaterThan(50);
    expect(found.filter((schema) => schema.properties && schema.additionalProperties !== true)).toEqual([]);
    expect(found.filter((schema) => schema.enum)).toEqual([]);
  });

  it('has a server', () => {
    expect(servers).toEqual([{ url: '/', description: expect.any(String) }]);
  });

  describe('and the service', () => {
    let service: TestApp;
    let id: string;

    beforeAll(async () => {
      service = await startApp({ env: { RATE_LIMIT_PER_MINUTE: '100' } });
      id = (await service.api.createWebhook('https://your-app.com/hook')).webhook.id;
    });

    afterAll(async () => {
      await service.close();
    });

    it.each(operations.filter(({ requestBody }) => requestBody))(
      'agree on the need of a body for $operationId',
      async ({ method, path, requestBody }) => {
        const { status } = await service.api.request(method, path.replace('{id}', id));
        expect([status === 400, status < 300]).toEqual([requestBody?.required, !requestBody?.required]);
      },
    );

    it.each([
      ['/v1/webhooks', '/v1/webhooks', 200],
      ['/v1/webhooks/nope', '/v1/webhooks/{id}', 404],
      ['/health', '/health', 200],
    ])('agree about the headers of an answer: %s', async (target, path, status) => {
      const answer = await service.api.get(target);
      expect(answer.status).toBe(status);
      const documented = Object.keys(paths[path]?.get?.responses[status]?.headers ?? {});
      expect(documented).toContain('x-request-id');
      expect(documented.filter((name) => !answer.headers.has(name))).toEqual([]);
      const sent = [...answer.headers.keys()].filter((name) => status === 200 && name.startsWith('ratelimit'));
      expect(documented.map((name) => name.toLowerCase())).toEqual(expect.arrayContaining(sent));
    });

    it('agree about the headers of a refusal', async () => {
      let answer = await service.api.get('/v1/webhooks');
      while (answer.status === 200) answer = await service.api.get('/v1/webhooks');
      expect(answer.status).toBe(429);
      const documented = Object.keys(paths['/v1/webhooks']?.get?.responses[429]?.headers ?? {});
      expect(documented).toEqual(expect.arrayContaining(['x-request-id', 'Retry-After', 'RateLimit']));
      expect(documented.filter((name) => !answer.headers.has(name))).toEqual([]);
    });

    it('document a request id on every answer, and when to try again', () => {
      expect(responses.filter(({ response }) => !('x-request-id' in response.headers))).toEqual([]);
      const later = responses.filter(({ response }) => 'Retry-After' in response.headers);
      expect(later).toEqual(responses.filter(({ status }) => status === '429' || status === '503'));
    });
  });
});

function schemaOf({ schema }: { schema: Schema }): Schema {
  return schema;
}

/** These schemas and all nested ones, without duplicates. */
function schemasIn(schemas: Schema[]): Schema[] {
  const found = new Set<Schema>();
  const visit = (schema: Schema): void => {
    if (found.has(schema)) return;
    found.add(schema);
    const named = schema.$ref === undefined ? undefined : components.schemas[schema.$ref.split('/').at(-1) ?? ''];
    const { items, allOf = [], anyOf = [], properties = {} } = schema;
    for (const part of [named ?? [], items ?? [], allOf, anyOf, Object.values(properties)].flat()) visit(part);
  };
  schemas.forEach(visit);
  return [...found];
}
