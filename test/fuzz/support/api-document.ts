import { Forms } from './forms.js';
import type { Schema } from './schema.js';

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}

type Content = Record<string, { schema: Schema }>;

interface OperationObject {
  parameters?: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, { content?: Content }>;
  security?: unknown[];
}

export interface OpenApi {
  paths: Record<string, Record<string, OperationObject>>;
  components: { schemas: Record<string, Schema> };
}

/** One route: a method of a path. */
export interface Operation {
  /** Such as `GET /v1/webhooks/{id}`. */
  name: string;
  method: string;
  path: string;
  parameters: Parameter[];
  /** The schema of the JSON body; undefined without a body. */
  body: Schema | undefined;
  responses: OperationObject['responses'];
  secured: boolean;
}

/** ISO 8601 in UTC with milliseconds: the form of all times in answers. */
const WRITTEN_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** ISO 8601 with an offset: the times that the service accepts. */
const READ_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(?:Z|[+-]\d\d:\d\d)$/;

/** The OpenAPI document, which generates requests and judges answers. */
export class ApiDocument {
  readonly operations: Operation[];
  readonly answers: Forms;
  readonly requests: Forms;

  constructor(private readonly document: OpenApi) {
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { parameters = [], requestBody, responses, security }]) => ({
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        parameters,
        body: requestBody?.content['application/json']?.schema,
        responses,
        secured: security !== undefined && security.length > 0,
      })),
    );
    this.answers = new Forms(document.components.schemas, WRITTEN_TIME);
    this.requests = new Forms(document.components.schemas, READ_TIME);
  }

  /** The resolved schema, with the name of its component if it is a reference. */
  resolve(schema: Schema): { schema: Schema; name: string | undefined } {
    const reference = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined);
    if (reference === undefined) return { schema, name: undefined };
    const name = reference.split('/').at(-1) ?? '';
    const component = this.document.components.schemas[name];
    if (!component) throw new Error(`The document has no component ${name}`);
    return { schema: component, name };
  }

  /** The operation that a request reaches, if the document has it. `HEAD` is `GET` without the body (RFC 9110). */
  operationOf(method: string, target: string): Operation | undefined {
    const segments = decoded(pathOf(target));
    const wanted = method === 'HEAD' ? 'GET' : method;
    const matching = this.operations.filter(
      ({ method: own, path }) => own === wanted && segments && fits(path.split('/'), segments),
    );
    // A fixed name takes precedence over a parameter: /deliveries is no {id}.
    return matching.toSorted((a, b) => parametersOf(a) - parametersOf(b))[0];
  }
}

/** The path of a target in origin form or in absolute form (RFC 9112, section 3.2). */
export function pathOf(target: string): string {
  return /^[^?#]*/.exec(target.replace(/^https?:\/\/[^/?#]+(?=\/)/i, ''))?.[0] ?? '';
}

function decoded(path: string): string[] | undefined {
  try {
    return path.split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** The router accepts an empty segment as a parameter. No resource has it as its id. */
function fits(template: string[], segments: string[]): boolean {
  return (
    template.length === segments.length &&
    template.every((part, index) => part.startsWith('{') || part === segments[index])
  );
}

function parametersOf({ path }: Operation): number {
  return path.split('{').length;
}
