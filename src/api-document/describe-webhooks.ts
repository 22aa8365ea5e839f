import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { ApiModule, OperationModule } from '../api.module.js';
import { complete } from './api-document.js';
import { showingOnly } from '../webhooks/documented-types.js';
import { EventTypes } from '../webhooks/event-types.js';

type PathItem = OpenAPIObject['paths'][string];

type Tag = NonNullable<OpenAPIObject['tags']>[number];

/** Operations of a path, by their method. */
type Operations = Record<string, { operationId?: string }>;

/**
 * Completes the routes of this package in the OpenAPI document of an application. Decorators can't express all of it:
 *
 * - Schemas of requests are closed, because this package refuses unknown fields. Schemas of responses are open.
 * - Each response has its headers, such as `x-request-id` and those of rate limits.
 * - With OpenAPI 3.1, `webhooks` describes the requests that receivers get.
 *
 * Operations, schemas and operation ids of the application stay as they are.
 *
 * @param document the result of `SwaggerModule.createDocument` for the same application. It is not changed
 */
export function describeWebhooks(app: INestApplication, document: OpenAPIObject): OpenAPIObject {
  const own = ownDocument(app, document.openapi);
  const { schemas = {}, headers = {}, parameters = {} } = own.components ?? {};
  const isDescribed = document.openapi.startsWith('3.1');
  const added = Object.fromEntries(
    Object.entries(schemas).filter(([name]) => isDescribed || name in (document.components?.schemas ?? {})),
  );
  return {
    ...document,
    tags: [...(document.tags ?? []), ...(isDescribed ? (own.tags ?? []).map(withoutGuides) : [])],
    paths: Object.fromEntries(
      Object.entries(document.paths).map(([path, item]) => [path, withOwn(item, own.paths[path])]),
    ),
    ...(isDescribed ? { webhooks: { ...document.webhooks, ...own.webhooks } } : {}),
    components: {
      ...document.components,
      schemas: { ...document.components?.schemas, ...added },
      headers: { ...document.components?.headers, ...headers },
      ...(isDescribed ? { parameters: { ...document.components?.parameters, ...parameters } } : {}),
    },
  };
}

/** The document of the routes of this package alone, complete. */
function ownDocument(app: INestApplication, version: string): OpenAPIObject {
  const config = new DocumentBuilder().setOpenAPIVersion(version).build();
  const types = app.get(EventTypes, { strict: false });
  const shared = showingOnly(types, () =>
    JSON.stringify(SwaggerModule.createDocument(app, config, { include: [ApiModule, OperationModule] })),
  );
  // A copy: Swagger puts objects of the decorators into each document.
  const document = JSON.parse(shared) as OpenAPIObject;
  complete(document, types);
  return document;
}

/** The service serves its guides below `/docs`; an application does not. */
function withoutGuides({ description = '', ...tag }: Tag): Tag {
  const paragraphs = description.split('\n\n').filter((paragraph) => !paragraph.includes('](/docs/'));
  return { ...tag, description: paragraphs.join('\n\n') };
}

function withOwn(item: PathItem, own: PathItem | undefined): PathItem {
  const completed = Object.entries((own ?? {}) as Operations).map(([method, operation]) => {
    const { operationId } = (item as Operations)[method] ?? {};
    return [method, { ...operation, operationId }];
  });
  return { ...item, ...Object.fromEntries(completed) } as PathItem;
}
