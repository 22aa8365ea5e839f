import type { INestApplication, Type } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { EventTypeDefinition } from './event-type.js';

type Schema = Record<string, unknown>;

const EXAMPLE_TIME = '2025-01-20T14:30:03.512Z';

/** The example of a type: the body of a request to a receiver. */
export function exampleOf({ eventName, example, exampleExtractionId }: EventTypeDefinition) {
  const id = exampleExtractionId === undefined ? {} : { id: exampleExtractionId };
  return { type: eventName, timestamp: EXAMPLE_TIME, data: { ...id, ...example } };
}

/**
 * The JSON Schema of the body of a request to a receiver. It refers to the class of `data` in `#/components/schemas`.
 *
 * @param dataSchemas names of the schemas of all data classes, from {@link schemasOfClasses}
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

/** The schemas of classes, and of the classes that these use. Swagger makes them in the form of OpenAPI 3.1. */
export interface ClassSchemas {
  schemas: Record<string, Schema>;
  /** The name of the schema of each class. */
  names: ReadonlyMap<Type, string>;
}

/** An application without modules. Swagger makes no schemas for it except those of `extraModels`. */
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
    // The schema of the class is the last one, after those of the classes that it uses.
    names.set(extraModel, Object.keys(found).at(-1) ?? extraModel.name);
    Object.assign(schemas, found);
  }
  return { schemas, names };
}

/** Copies the schemas that a JSON Schema refers to into its `$defs`. The result needs no document around it. */
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
