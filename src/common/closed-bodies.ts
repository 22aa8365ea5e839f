import type { OpenAPIObject } from '@nestjs/swagger';

interface Schema {
  $ref?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
}

interface Operation {
  requestBody?: { content: Record<string, { schema?: Schema }> };
}

/** Says in the forms of request bodies what validation does: a field that they do not name is refused. */
export function closeBodies({ paths, components }: OpenAPIObject): void {
  const schemas = (components?.schemas ?? {}) as Record<string, Schema>;
  const close = (schema: Schema = {}): void => {
    if (schema.$ref !== undefined) close(schemas[schema.$ref.split('/').at(-1) ?? '']);
    if (schema.properties) schema.additionalProperties = false;
    for (const property of Object.values(schema.properties ?? {})) close(property);
    if (schema.items) close(schema.items);
  };
  for (const operation of Object.values(paths).flatMap((path) => Object.values(path) as Operation[])) {
    for (const { schema } of Object.values(operation.requestBody?.content ?? {})) close(schema);
  }
}
