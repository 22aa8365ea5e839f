/** A value of JSON. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A schema as OpenAPI 3.0 writes it, as far as our document uses it. */
export interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  nullable?: boolean;
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
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
}

/** The same for JSON Schema: null is one more type, and an object has the properties that it names and no others. */
export function closed(schema: Schema): object {
  const { nullable, $ref, items, allOf, properties, additionalProperties, ...rest } = schema;
  const converted = {
    ...rest,
    ...($ref ? { $ref: `openapi${$ref}` } : {}),
    ...(items ? { items: closed(items) } : {}),
    ...(allOf ? { allOf: allOf.map(closed) } : {}),
    ...(properties ? { properties: mapValues(properties, closed) } : {}),
    additionalProperties: additionalProperties
      ? typeof additionalProperties === 'object'
        ? closed(additionalProperties)
        : true
      : properties === undefined,
  };
  return nullable ? { anyOf: [{ type: 'null' }, converted] } : converted;
}

export function mapValues<From, To>(record: Record<string, From>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
