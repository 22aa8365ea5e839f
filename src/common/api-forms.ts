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
  requestBody?: { content: Content };
  responses: Record<string, { content?: Content }>;
}

/** Closes the forms of request bodies, as validation does: a field that they do not name is refused. */
export function closeRequests(document: OpenAPIObject): void {
  const bodies = operationsOf(document).map(({ requestBody }) => requestBody?.content ?? {});
  for (const schema of schemasOf(document, bodies)) {
    if (schema.properties) schema.additionalProperties = false;
  }
}

/** Opens the forms of answers: they may gain fields and values, which a client must ignore or pass on. */
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

/** Every schema within these contents, each once. */
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
