import { runInNewContext } from 'node:vm';

interface Schema {
  $ref?: string;
  required?: string[];
  properties?: Record<string, { example?: unknown }>;
}

export interface DocumentedOperation {
  security?: Record<string, string[]>[];
  parameters?: {
    name: string;
    in: string;
    schema: { default?: string | number; minimum?: number; maximum?: number };
  }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, unknown>;
}

interface SwaggerUiOptions {
  tryItOutEnabled: boolean;
  spec: {
    paths: Record<string, Record<string, DocumentedOperation>>;
    components: { schemas: Record<string, Schema>; securitySchemes: Record<string, unknown> };
  };
}

/** Opens the documentation page as a browser does: loads all its scripts and runs the one that starts Swagger UI. */
export async function openSwaggerUi(serviceUrl: string): Promise<SwaggerUiOptions> {
  const pageUrl = `${serviceUrl}/docs`;
  const page = await load(pageUrl);
  const scripts = [...page.matchAll(/<script src="([^"]+)"/g)].map(([, src = '']) => new URL(src, pageUrl).href);
  const [start = ''] = (await Promise.all(scripts.map(load))).slice(-1);

  const started: SwaggerUiOptions[] = [];
  const SwaggerUIBundle = Object.assign((options: SwaggerUiOptions) => started.push(options), {
    presets: {},
    plugins: {},
  });
  const window: { location: unknown; onload?: () => void } = { location: new URL(pageUrl) };
  runInNewContext(start, { window, SwaggerUIBundle, SwaggerUIStandalonePreset: {} });
  window.onload?.();
  const [options] = started;
  if (options === undefined) throw new Error(`Swagger UI did not start at ${pageUrl}`);
  // Objects of another context are not equal to ours.
  return JSON.parse(JSON.stringify(options)) as SwaggerUiOptions;
}

/** The request body that Swagger UI proposes: the documented examples of the required fields. */
export function exampleBody({ spec }: SwaggerUiOptions, operation: DocumentedOperation): Record<string, unknown> {
  const name = operation.requestBody?.content['application/json']?.schema.$ref?.split('/').at(-1) ?? '';
  const { required = [], properties = {} } = spec.components.schemas[name] ?? {};
  return Object.fromEntries(required.map((field) => [field, properties[field]?.example]));
}

async function load(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.text();
}
