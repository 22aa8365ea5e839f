/** Every route of a running service, such as `GET /v1/webhooks/{id}`, as its OpenAPI document lists them. */
export async function routesOf(serviceUrl: string): Promise<string[]> {
  const { paths } = (await (await fetch(`${serviceUrl}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
}
