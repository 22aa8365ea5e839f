import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { boundLists, closeRequests, openAnswers, operationsOf } from '../common/api-forms.js';
import { describeHeaders } from '../common/api-headers.js';
import { VERSION } from '../common/version.js';
import { describeReceiving } from './receiving-docs.js';
import { showingOnly } from '../webhooks/documented-types.js';
import { EventTypes } from '../webhooks/event-types.js';

const DESCRIPTION = `Register webhooks, publish extraction events, and read the log of every delivery attempt.

- Errors have the form \`{ "error": { "code", "message" } }\`. Branch on the code. The message is for people, and
  Korean for requests with \`Accept-Language: ko\`.
- Every response has the header \`x-request-id\`.
- Responses may gain fields, values and error codes at any time. Ignore those that you do not know.
- Requests with unknown fields are refused.

Guides: [Receiving webhooks](/docs/receiving-webhooks.md), [Owning webhooks](/docs/owning-webhooks.md),
[Operating](/docs/operating.md).

For client generators: [openapi.json](/openapi.json), [openapi.yaml](/openapi.yaml).

To try it out, click *Authorize* and enter an API key. The first start of the service makes one. It shows the key on a
terminal, or writes it to \`DATA_DIR/first-api-key\`.`;

/** The OpenAPI document of all routes. */
export function createDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('DocMap Webhooks API')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .addServer('/', 'The service that serves this document.')
    .addTag('Webhooks', 'The endpoints of users, and the event types that each endpoint gets.')
    .addTag('Deliveries', 'The log: one record for each attempt.')
    .addTag('Events', 'Events, and the state of their deliveries.')
    .addTag('API keys', 'The keys that authenticate requests.')
    .addTag('Operation', 'Health and metrics, for operators.')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'dm_live_…', description: 'An API key.' })
    .build();
  Object.assign(config.info, { contact: { name: 'DocMap' }, license: { name: 'MIT', identifier: 'MIT' } });
  const types = app.get(EventTypes, { strict: false });
  const shared = showingOnly(types, () =>
    JSON.stringify(SwaggerModule.createDocument(app, config, { operationIdFactory: operationIds() })),
  );
  // A copy: Swagger puts objects of the decorators into the document.
  const document = JSON.parse(shared) as OpenAPIObject;
  complete(document, types);
  return document;
}

/** Completes a document of our routes: decorators can't express all of it. */
export function complete(document: OpenAPIObject, types: EventTypes): void {
  // The Swagger plugin adds a default response from the return type of each handler. All responses are declared already.
  for (const { responses } of operationsOf(document)) delete responses.default;
  if (!types.hasOwn) requireExtractions(document);
  boundLists(document);
  closeRequests(document);
  openAnswers(document);
  describeHeaders(document);
  describeReceiving(document, types);
}

/** Makes extraction ids of published events required. Only event types of an application have events without an extraction. */
function requireExtractions({ components }: OpenAPIObject): void {
  const schema = components?.schemas?.PublishEvent;
  if (!schema || !('properties' in schema) || !schema.properties?.extractionId) return;
  Object.assign(schema.properties.extractionId, { type: 'string' });
  const required = new Set([...(schema.required ?? []), 'extractionId']);
  schema.required = Object.keys(schema.properties).filter((property) => required.has(property));
}

/** Names an operation after its handler. If an earlier operation has this name, the name of the controller precedes it. */
function operationIds(): (controller: string, method: string) => string {
  const owners = new Map<string, string>();
  return (controller, method) => {
    const owner = owners.get(method) ?? controller;
    owners.set(method, owner);
    return owner === controller ? method : `${controller}_${method}`;
  };
}
