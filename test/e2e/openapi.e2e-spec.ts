import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ERROR_STATUS } from '../../src/common/domain-error.js';
import { deliveryIdOf, webhookUuidOf } from '../../src/common/ids.js';
import { newDatabase, type TestDatabase } from '../support/database.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { DELIVERY_ID, deliveryIdsIn } from './support/delivery-ids.js';

const MANIFEST = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** The tables of the contract, one operation per line. */
const OPERATIONS = `
  POST /v1/webhooks
  GET /v1/webhooks
  GET /v1/webhooks/{id}
  PATCH /v1/webhooks/{id}
  DELETE /v1/webhooks/{id}
  POST /v1/webhooks/{id}/rotate-secret
  POST /v1/webhooks/test-filter
  POST /v1/webhooks/{id}/test
  POST /v1/webhooks/{id}/recover
  GET /v1/webhooks/{id}/recoveries/{recoveryId}
  GET /v1/webhooks/{id}/recoveries
  DELETE /v1/webhooks/{id}/recoveries/{recoveryId}
  GET /v1/webhooks/{id}/stats
  GET /v1/webhooks/{id}/backlog
  POST /v1/webhooks/{id}/backlog/send-now
  POST /v1/webhooks/{id}/backlog/cancel
  GET /v1/webhooks/stats
  GET /v1/webhooks/deliveries
  GET /v1/webhooks/deliveries/{id}
  POST /v1/webhooks/deliveries/{id}/resend
  POST /v1/webhooks/deliveries/resend
  POST /v1/events
  POST /v1/events/batch
  GET /v1/events/{id}
  GET /v1/events/stream
  POST /v1/api-keys
  GET /v1/api-keys
  GET /v1/event-types
  DELETE /v1/api-keys/{id}
  GET /health
  GET /health/ready
  GET /metrics`
  .trim()
  .split(/\n\s*/);

interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  allOf?: Schema[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean;
  enum?: unknown[];
  example?: unknown;
}
type Content = Record<string, { schema?: Schema; examples?: Record<string, unknown> }>;

interface Operation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  security?: unknown[];
  parameters?: { name: string; in: string; required: boolean; schema: Schema }[];
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}

interface Document {
  openapi: string;
  info: { title: string; version: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, unknown> };
}

// The document of the built program: its texts are comments, which the build turns into metadata.
describe('The OpenAPI document', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  let document: Document;
  let operations: { name: string; path: string; operation: Operation }[];

  beforeAll(async () => {
    database = await newDatabase();
    server = await startServerProcess({ database });
    document = (await (await fetch(`${server.url}/openapi.json`)).json()) as Document;
    operations = Object.entries(document.paths).flatMap(([path, byMethod]) =>
      Object.entries(byMethod).map(([method, operation]) => ({
        name: `${method.toUpperCase()} ${path}`,
        path,
        operation,
      })),
    );
  });

  afterAll(async () => {
    await server?.kill('SIGTERM');
    await database?.drop();
  });

  /** The names of the operations that break a rule. */
  function breaking(rule: (operation: Operation, path: string) => boolean, of = operations): string[] {
    return of.filter(({ operation, path }) => !rule(operation, path)).map(({ name }) => name);
  }

  function secured() {
    return operations.filter(({ path }) => path.startsWith('/v1/'));
  }

  it('is of OpenAPI 3.1 and names the API and its version', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: 'DocMap Webhooks API', version: MANIFEST.version });
  });

  it('has every operation of the API and no other', () => {
    expect(operations.map(({ name }) => name).sort()).toEqual([...OPERATIONS].sort());
  });

  it('refers to nothing that is missing, and holds nothing that nobody refers to', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference);
    const { securitySchemes: _, ...components } = document.components;
    const parts = Object.entries(components).flatMap(([kind, named]) =>
      Object.keys(named).map((name) => `#/components/${kind}/${name}`),
    );
    expect(new Set(references)).toEqual(new Set(parts));
  });

  it('gives every operation an id of its own, a summary and a declared tag', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => /^\w+$/.test(id ?? ''))).toBe(true);
    expect(breaking(({ summary = '' }) => /^[A-Z].*\.$/.test(summary))).toEqual([]);
    const declared = new Set(document.tags.map(({ name }) => name));
    expect(breaking(({ tags }) => tags?.length === 1 && declared.has(tags[0] ?? ''))).toEqual([]);
  });

  it('declares exactly the parameters of each path', () => {
    expect(breaking(declaresItsPath)).toEqual([]);
  });

  it('describes one success of each operation, with its form, and every other answer as an error', () => {
    // With `dryRun`, the answer is a count.
    expect(breaking(hasOneSuccess)).toEqual(['POST /v1/webhooks/{id}/recover']);
    expect(breaking(hasOnlyErrorsBeside)).toEqual([]);
  });

  it('documents on every /v1 operation the Bearer scheme and the errors that any may answer', () => {
    expect(document.components.securitySchemes.bearer).toMatchObject({ type: 'http', scheme: 'bearer' });
    expect(breaking(({ security }) => JSON.stringify(security) === '[{"bearer":[]}]', secured())).toEqual([]);
    expect(breaking((operation) => documents(operation, 400, 401, 403, 429, 500, 503), secured())).toEqual([]);
  });

  it('documents the errors of a body and of an id wherever there may be one', () => {
    const withBody = operations.filter(({ name }) => !name.startsWith('GET '));
    expect(breaking((operation) => documents(operation, 413, 415), withBody)).toEqual([]);
    expect(breaking((operation, path) => !path.includes('{') || documents(operation, 404))).toEqual([]);
  });

  it('documents the conflict of an idempotency key wherever there may be one, and each limit where it is met', () => {
    const keyed = operations.filter(({ operation: { parameters = [] } }) =>
      parameters.some(({ name }) => name === 'Idempotency-Key'),
    );
    expect(keyed.map(({ name }) => name).sort()).toEqual(['POST /v1/events', 'POST /v1/events/batch']);
    expect(breaking((operation) => documents(operation, 409), keyed)).toEqual([]);
    const naming = (code: string) =>
      operations.filter(
        ({ operation: { responses } }) => responses[400]?.content?.['application/json']?.examples?.[code],
      );
    expect(naming('MAX_KEYS_REACHED').map(({ name }) => name)).toEqual(['POST /v1/api-keys']);
    expect(
      naming('MAX_WEBHOOKS_REACHED')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['PATCH /v1/webhooks/{id}', 'POST /v1/webhooks']);
  });

  it('asks for no key where none is needed', () => {
    const open = operations.filter(({ path }) => !path.startsWith('/v1/'));
    expect(breaking(({ security }) => security?.length === 0, open)).toEqual([]);
  });

  it('says the type of every property and parameter, and gives only examples that fit', () => {
    const untyped: string[] = [];
    const check = (name: string, schema: Schema): void => {
      if (!schema.type && !schema.$ref && !schema.allOf && !schema.anyOf) untyped.push(name);
      if (schema.type === 'array' && !schema.items) untyped.push(`${name}[]`);
      if (schema.type === 'string' && schema.example && typeof schema.example !== 'string')
        untyped.push(`${name} example`);
      for (const [key, property] of Object.entries(schema.properties ?? {})) check(`${name}.${key}`, property);
      if (schema.items) check(`${name}[]`, schema.items);
    };
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      expect([name, Object.keys(schema.properties ?? schema.enum ?? {}).length]).not.toEqual([name, 0]);
      check(name, schema);
    }
    for (const { name, operation } of operations) {
      for (const parameter of operation.parameters ?? []) check(`${name} ${parameter.name}`, parameter.schema);
    }
    expect(untyped).toEqual([]);
    const sent = document.components.schemas.LoggedRequest?.properties?.body?.example;
    expect(JSON.parse(String(sent))).toMatchObject({ type: 'extraction.completed' });
  });

  it('shows delivery ids as the service makes them', () => {
    const ids = deliveryIdsIn(document);
    expect(ids.length).toBeGreaterThan(3);
    expect(ids.filter((id) => !DELIVERY_ID.test(String(id)))).toEqual([]);
    const { id, eventId, webhookId } = document.components.schemas.Delivery?.properties ?? {};
    expect(id?.example).toBe(deliveryIdOf(String(eventId?.example), webhookUuidOf(String(webhookId?.example)) ?? ''));
  });

  it('allows no other fields in a body than the named ones, except in the data of an event', () => {
    const { schemas } = document.components;
    const open = Object.keys(schemas).filter((name) => schemas[name]?.additionalProperties !== false);
    expect(open.filter((name) => /^(?:Create|Update|Rotate|Publish|Recover)[A-Z]/.test(name))).toEqual([]);
    expect(schemas.PublishEvent?.properties?.data?.additionalProperties).toBe(true);
  });

  it('names exactly the codes of errors there are', () => {
    const { description = '' } = document.components.schemas.ErrorDetail?.properties?.code ?? {};
    expect([...description.matchAll(/`(\w+)`/g)].map(([, code]) => code)).toEqual(Object.keys(ERROR_STATUS));
  });
});

function declaresItsPath({ parameters = [] }: Operation, path: string): boolean {
  const declared = parameters.filter((parameter) => parameter.in === 'path' && parameter.required);
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  return JSON.stringify(declared.map(({ name }) => name)) === JSON.stringify(names);
}

function hasOneSuccess({ responses }: Operation): boolean {
  const successes = Object.keys(responses).filter((status) => status.startsWith('2'));
  const content = Object.values(responses[successes[0] ?? '']?.content ?? {});
  return successes.length === 1 && content.length === 1 && content[0]?.schema !== undefined;
}

function hasOnlyErrorsBeside(operation: Operation): boolean {
  const others = Object.keys(operation.responses).filter((status) => !status.startsWith('2'));
  return documents(operation, ...others);
}

/** Whether the operation documents these statuses, with an error. */
function documents({ responses }: Operation, ...statuses: (number | string)[]): boolean {
  return statuses.every((status) => {
    return responses[status]?.content?.['application/json']?.schema?.$ref === '#/components/schemas/ErrorResponse';
  });
}
