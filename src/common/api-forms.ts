import type { OpenAPIObject } from '@nestjs/swagger';

interface Schema {
  $ref?: string;
  description?: string;
  enum?: (string | null)[];
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
}

type Content = Record<string, { schema?: Schema }>;

interface Operation {
  parameters?: { schema?: { type?: unknown } }[];
  requestBody?: { content: Content };
  responses: Record<string, { content?: Content }>;
}

/** Says of each list in a query that it has values, and no repeats. Swagger drops these parts of the schema of a parameter. */
export function boundLists(document: OpenAPIObject): void {
  for (const { parameters = [] } of operationsOf(document)) {
    for (const { schema } of parameters) {
      if (schema?.type === 'array') Object.assign(schema, { minItems: 1, uniqueItems: true });
    }
  }
}

/** Closes the schemas of request bodies. Validation also rejects a field that the schema does not name. */
export function closeRequests(document: OpenAPIObject): void {
  const bodies = operationsOf(document).map(({ requestBody }) => requestBody?.content ?? {});
  for (const schema of schemasOf(document, bodies)) {
    if (schema.properties) schema.additionalProperties = false;
  }
}

/** Opens the schemas of responses: they may gain fields and enum values, which clients must accept. */
export function openAnswers(document: OpenAPIObject): void {
  const answers = operationsOf(document).flatMap(({ responses }) =>
    Object.values(responses).map(({ content = {} }) => content),
  );
  for (const schema of schemasOf(document, answers)) {
    if (schema.properties) schema.additionalProperties = true;
    const holder = schema.items?.enum ? schema.items : schema;
    if (!holder.enum) continue;
    const values = holder.enum.flatMap((value) => (value === null ? [] : [`\`${value}\``]));
    schema.description = [schema.description, `Known values: ${values.join(', ')}. There may be more.`]
      .filter(Boolean)
      .join(' ');
    delete holder.enum;
  }
}

/** Every operation of the paths. */
export function operationsOf({ paths }: OpenAPIObject): Operation[] {
  return Object.values(paths).flatMap((path) => Object.values(path) as Operation[]);
}

/** All schemas that these contents refer to, directly or through other schemas. Each is in the set once. */
function schemasOf({ components }: OpenAPIObject, contents: Content[]): Set<Schema> {
  const named = (components?.schemas ?? {}) as Record<string, Schema>;
  const found = new Set<Schema>();
  const visit = (schema: Schema | undefined): void => {
    if (schema === undefined || found.has(schema)) return;
    found.add(schema);
    if (schema.$ref !== undefined) visit(named[schema.$ref.split('/').at(-1) ?? '']);
    for (const part of [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...Object.values(schema.properties ?? {})]) {
      visit(part);
    }
    visit(schema.items);
  };
  for (const content of contents) {
    for (const { schema } of Object.values(content)) visit(schema);
  }
  return found;
}
