import type { INestApplication, Type } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { EventTypeDefinition } from './event-type.js';

type Schema = Record<string, unknown>;

/** When the examples happened. */
const EXAMPLE_TIME = '2025-01-20T14:30:03.512Z';

/** The event of the documents, as receivers get it. */
export function exampleOf({ eventName, example, exampleExtractionId }: EventTypeDefinition) {
  const id = exampleExtractionId === undefined ? {} : { id: exampleExtractionId };
  return { type: eventName, timestamp: EXAMPLE_TIME, data: { ...id, ...example } };
}

/**
 * The JSON Schema of what receivers get. The class of `data` is a reference to `#/components/schemas`.
 *
 * @param dataSchemas the schemas of all classes of data: see {@link schemasOfClasses}
 */
export function payloadSchemaOf(type: EventTypeDefinition, dataSchemas: ReadonlyMap<Type, string>): Schema {
  return {
    type: 'object',
    description: type.description,
    required: ['type', 'timestamp', 'data'],
    properties: {
      type: { type: 'string', const: type.eventName, description: 'The type of the event.' },
      timestamp: { type: 'string', format: 'date-time', description: 'The time when the event happened, in UTC.' },
      data: dataSchemaOf(type, dataSchemas),
    },
    additionalProperties: true,
  };
}

function dataSchemaOf({ dataClass }: EventTypeDefinition, dataSchemas: ReadonlyMap<Type, string>): Schema {
  const name = dataClass && dataSchemas.get(dataClass);
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
  return {
    type: 'object',
    description: 'The id of the extraction, and the data that was published with the event. Numbers keep every digit.',
    required: ['id'],
    properties: { id: { type: 'string', description: 'The id of the extraction.' } },
    additionalProperties: true,
  };
}

/** The schemas that Swagger makes of classes and of those that they use, in the form of OpenAPI 3.1. */
export interface ClassSchemas {
  schemas: Record<string, Schema>;
  /** The name of the schema of each class. */
  names: ReadonlyMap<Type, string>;
}

/** An application without modules, for which Swagger makes only the schemas that it is given. */
const NO_APPLICATION = {
  container: { getModules: () => new Map() },
  getHttpAdapter: () => ({ getType: () => 'none' }),
} as unknown as INestApplication;

export function schemasOfClasses(classes: readonly Type[]): ClassSchemas {
  const config = new DocumentBuilder().setOpenAPIVersion('3.1.0').build();
  const names = new Map<Type, string>();
  const options = { ignoreGlobalPrefix: true };
  const schemas: Record<string, Schema> = {};
  for (const extraModel of classes) {
    const document = SwaggerModule.createDocument(NO_APPLICATION, config, { ...options, extraModels: [extraModel] });
    const found = JSON.parse(JSON.stringify(document.components?.schemas ?? {})) as Record<string, Schema>;
    // The class itself follows those that it uses.
    names.set(extraModel, Object.keys(found).at(-1) ?? extraModel.name);
    Object.assign(schemas, found);
  }
  return { schemas, names };
}

/** A JSON Schema that needs no document around it: the schemas that it refers to are in its `$defs`. */
export function selfContained(schema: Schema, schemas: Record<string, Schema>): Schema {
  const used = new Map<string, Schema>();
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => {
        const name = key === '$ref' && typeof member === 'string' ? member.split('/').at(-1) : undefined;
        if (name === undefined || !schemas[name]) return [key, copy(member)];
        if (!used.has(name)) {
          used.set(name, {});
          used.set(name, copy(schemas[name]) as Schema);
        }
        return [key, `#/$defs/${name}`];
      }),
    );
  };
  const root = copy(schema) as Schema;
  return used.size === 0 ? root : { ...root, $defs: Object.fromEntries(used) };
}
