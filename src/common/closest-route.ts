import { differByOneLetter, plainName } from './closest-name.js';

/** A route. Parameters of its path begin with `:`. */
export interface Route {
  method: string;
  path: string;
}

/** Longer paths get no suggestion, in characters. */
const MAX_LENGTH = 200;

/** Paths of other APIs (lower case, without version) and the path of ours with the same purpose. */
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
 * Suggests a route for a request that matched none: `GET /v1/webhooks` for `/webhooks/`, `/api/v1/webhook` and
 * `//V1/Webhooks`. The result contains nothing of the requested path, which may hold a secret.
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
  // Prefer routes with the requested method, then those with fewer parameters: `/deliveries` before `/:id`.
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
