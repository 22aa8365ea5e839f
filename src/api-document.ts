import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { closeRequests, openAnswers, operationsOf } from './common/api-forms.js';
import { describeHeaders } from './common/api-headers.js';
import { VERSION } from './common/version.js';
import { describeReceiving } from './receiving-docs.js';
import { showingOnly } from './webhooks/documented-types.js';
import { EventTypes } from './webhooks/event-types.js';

const DESCRIPTION = `Register webhooks, publish extraction events, and read the log of every delivery attempt.

- Errors have the form \`{ "error": { "code", "message" } }\`. Branch on the code; the message is for people.
- Every response carries \`x-request-id\`.
- Responses may gain fields, values and error codes at any time: ignore those that you do not know. Unknown fields of
  requests are refused.

Guides: [Receiving webhooks](/docs/receiving-webhooks.md), [Operating](/docs/operating.md).

This document for generators of clients: [openapi.json](/openapi.json), [openapi.yaml](/openapi.yaml).

To try it out, click *Authorize* and enter an API key. The service shows the first one when it starts for the first time.`;

/** The OpenAPI document of all routes. */
export function createDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('DocMap Webhooks API')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .addServer('/', 'The service that this document comes from.')
    .addTag('Webhooks', 'Where to send which events.')
    .addTag('Deliveries', 'The log: one record for every request that was sent.')
    .addTag('Events', 'What happened to extractions, and what became of it.')
    .addTag('API keys', 'Who may call.')
    .addTag('Operation', 'For those who run the service.')
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

/** Adds to a document of our routes what the decorators do not say. */
export function complete(document: OpenAPIObject, types: EventTypes): void {
  // The Swagger plugin guesses a response of every handler from its return type; ours are all declared.
  for (const { responses } of operationsOf(document)) delete responses.default;
  if (!types.hasOwn) requireExtractions(document);
  closeRequests(document);
  openAnswers(document);
  describeHeaders(document);
  describeReceiving(document, types);
}

/** The decorators allow events that are not about an extraction. Without types of the application there are none. */
function requireExtractions({ components }: OpenAPIObject): void {
  for (const [name, schema] of Object.entries(components?.schemas ?? {})) {
    if (!('properties' in schema) || !schema.properties?.extractionId) continue;
    Object.assign(schema.properties.extractionId, { type: 'string' });
    if (name !== 'PublishEvent') continue;
    const required = new Set([...(schema.required ?? []), 'extractionId']);
    schema.required = Object.keys(schema.properties).filter((property) => required.has(property));
  }
}

/** Names an operation after its handler, and after its controller too where a host application has another such handler. */
function operationIds(): (controller: string, method: string) => string {
  const owners = new Map<string, string>();
  return (controller, method) => {
    const owner = owners.get(method) ?? controller;
    owners.set(method, owner);
    return owner === controller ? method : `${controller}_${method}`;
  };
}
