/** A value of JSON. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A schema as OpenAPI 3.1 writes it, as far as our document uses it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: Json[];
  pattern?: string;
  example?: Json;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  propertyNames?: Schema;
}

/** The schema with closed objects: they have only the named properties. Later versions may answer more. */
export function closed(schema: Schema): object {
  const { $ref, items, allOf, anyOf, properties, additionalProperties, ...rest } = schema;
  return {
    ...rest,
    ...($ref ? { $ref: `openapi${$ref}` } : {}),
    ...(items ? { items: closed(items) } : {}),
    ...(allOf ? { allOf: allOf.map(closed) } : {}),
    ...(anyOf ? { anyOf: anyOf.map(closed) } : {}),
    ...(properties ? { properties: mapValues(properties, closed) } : {}),
    additionalProperties:
      typeof additionalProperties === 'object' ? closed(additionalProperties) : properties === undefined,
  };
}

export function mapValues<From, To>(record: Record<string, From>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
