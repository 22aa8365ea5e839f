import { differByOneLetter, plainName } from './closest-name.js';

/** A route: its method, and its path with `:` before the names of parameters. */
export interface Route {
  method: string;
  path: string;
}

/** Longest path that is compared with others. */
const MAX_LENGTH = 200;

/** Paths of other APIs, without version and in lower case, and ours. */
const OTHER_PATHS: readonly (readonly [pattern: RegExp, ours: string])[] = [
  [/^\/webhooks?\/[^/]+\/(?:deliveries|attempts|logs?)$/, '/webhooks/deliveries?webhookId={id}'],
  [/^\/webhooks?\/[^/]+\/resend$/, '/webhooks/deliveries/{id}/resend'],
  [/^\/(?:deliver(?:y|ies)|attempts|logs?)(?=\/|$)/, '/webhooks/deliveries'],
  [/^\/(?:keys?|tokens?)(?=\/|$)/, '/api-keys'],
  [/^\/publish$/, '/events'],
  [/^\/events?\/bulk$/, '/events/batch'],
  [/\/rotate$/, '/rotate-secret'],
  [/\/(?:replay|recovery)$/, '/recover'],
  [/^\/(?:healthz|livez|live|ping|status|health\/live)$/, '/health'],
  [/^\/(?:ready|readyz|health\/readyz)$/, '/health/ready'],
  [/^\/(?:swagger(?:-ui)?|api-docs|documentation|redoc)$/, '/docs'],
  [/^\/(?:openapi|swagger\.json|api-json)$/, '/openapi.json'],
];

/**
 * The route that was probably meant by a request that matched none: `GET /v1/webhooks` for `/webhooks/`, for `/api/v1/webhook`
 * and for `//V1/Webhooks`. Nothing of the path is repeated: it may hold a secret.
 */
export function closestRoute(method: string, url: string, routes: readonly Route[]): string | undefined {
  const [path = ''] = url.split('?', 1);
  if (path.length > MAX_LENGTH) return undefined;
  const bare = path
    .replaceAll(/\/+/g, '/')
    .replace(/\/$/, '')
    .replace(/^\/api(?=\/)/i, '')
    .replace(/^\/v\d+(?=\/)/i, '');
  const [pattern, ours = ''] = OTHER_PATHS.find(([other]) => other.test(bare.toLowerCase())) ?? [];
  const [meant = '', query] = (pattern ? bare.toLowerCase().replace(pattern, ours) : bare).split('?');
  const near = routes.filter((route) => isNear(`/v1${meant}`, route.path) || isNear(meant, route.path));
  // A route with fewer parameters is matched before one with more.
  const parameters = (route: Route): number => route.path.split(':').length;
  const [closest] = near.toSorted(
    (a, b) => Number(b.method === method) - Number(a.method === method) || parameters(a) - parameters(b),
  );
  if (closest === undefined) return undefined;
  return `${closest.method} ${closest.path.replaceAll(/:(\w+)/g, '{$1}')}${query === undefined ? '' : `?${query}`}`;
}

function isNear(path: string, template: string): boolean {
  const given = path.split('/');
  const expected = template.split('/');
  return given.length === expected.length && expected.every((segment, at) => isNearSegment(given[at] ?? '', segment));
}

function isNearSegment(given: string, expected: string): boolean {
  if (expected.startsWith(':')) return given !== '';
  const [a, b] = [plainName(given), plainName(expected)];
  return a === b || (b.length > 3 && differByOneLetter(a, b));
}
