/** An OpenAPI document, as far as documents are compared. */
export interface ApiDocument {
  paths: Record<string, Record<string, { operationId?: string; responses: unknown }>>;
  webhooks: Record<string, unknown>;
  components: Record<string, Record<string, unknown>>;
}

interface Place {
  method: string;
  /** Below the prefix. */
  path: string;
}

/** The operations below a prefix, without their ids, by method and the rest of the path. */
export function operationsUnder(
  { paths }: ApiDocument,
  prefix: string,
  isWanted: (place: Place) => boolean = () => true,
): Record<string, object> {
  const all = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      path,
      method,
      operation: { ...operation, operationId: undefined },
    })),
  );
  return Object.fromEntries(
    all.flatMap(({ path, method, operation }) => {
      const place = { method, path: path.slice(prefix.length) };
      return path.startsWith(prefix) && isWanted(place) ? [[`${method} ${place.path}`, operation]] : [];
    }),
  );
}

/** The components that something refers to, directly or by others. One that is missing is undefined. */
export function referencesOf(
  value: unknown,
  document: ApiDocument,
  found = new Map<string, unknown>(),
): Map<string, unknown> {
  for (const [, reference = ''] of JSON.stringify(value).matchAll(/"\$ref":"([^"]+)"/g)) {
    if (found.has(reference)) continue;
    const [kind = '', name = ''] = reference.split('/').slice(-2);
    const component = document.components[kind]?.[name];
    found.set(reference, component);
    if (component !== undefined) referencesOf(component, document, found);
  }
  return found;
}
