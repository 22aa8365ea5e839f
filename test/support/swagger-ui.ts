import { runInNewContext } from 'node:vm';

export interface DocumentedOperation {
  security?: Record<string, string[]>[];
  parameters?: {
    name: string;
    in: string;
    example?: string | number;
    schema: {
      default?: string | number;
      example?: string | number;
      examples?: (string | number)[];
      minimum?: number;
      maximum?: number;
    };
  }[];
  requestBody?: { content: Record<string, { examples?: Record<string, { value: Record<string, unknown> }> }> };
  responses: Record<string, unknown>;
}

interface SwaggerUiOptions {
  tryItOutEnabled: boolean;
  deepLinking: boolean;
  spec: {
    paths: Record<string, Record<string, DocumentedOperation>>;
    components: { securitySchemes: Record<string, unknown> };
  };
}

/** Opens the documentation page as a browser does: loads its scripts and runs the one that starts Swagger UI. */
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

/** The request body that Swagger UI proposes: the first documented example. */
export function exampleBody(operation: DocumentedOperation): Record<string, unknown> | undefined {
  return Object.values(operation.requestBody?.content['application/json']?.examples ?? {})[0]?.value;
}

/** The query that Swagger UI proposes: the parameters that have a default or an example. */
export function exampleQuery({ parameters = [] }: DocumentedOperation): string {
  const query = new URLSearchParams();
  for (const { name, in: place, example, schema } of parameters) {
    const value = example ?? schema.example ?? schema.examples?.[0] ?? schema.default;
    if (place === 'query' && value !== undefined) query.set(name, String(value));
  }
  return query.toString();
}

async function load(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.text();
}
