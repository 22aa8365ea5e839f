import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthenticatedRequest } from '../auth/auth.decorators.js';
import { waitsForContinue } from '../common/expect-continue.js';
import type { HttpReply } from '../common/http-messages.js';
import type { RequestMetrics } from '../metrics/request-metrics.js';
import { ownRouteOf, type Admitting, type OwnRoute } from './own-route.js';

type Next = (error?: unknown) => void;
type Request = IncomingMessage & AuthenticatedRequest & { path: string };
type Response = ServerResponse & HttpReply;

/** A layer of Express' router: a middleware, or a route with its handlers. */
interface Layer {
  name: string;
  match(path: string): boolean;
  route?: { path: unknown; methods: Record<string, boolean | undefined>; stack: { handle: object }[] };
}

/** The part of Express 5 that this file uses. */
export interface Express {
  use(middleware: (request: Request, response: Response, next: Next) => void): unknown;
  router: { stack: Layer[] };
}

/** Names of the middleware functions that read bodies. */
const BODY_PARSERS = new Set(['jsonParser', 'urlencodedParser', 'textParser', 'rawParser']);

/**
 * Adds admission as a middleware: before the body parsers, and after all other middleware that the host has added so far.
 * It looks up the route in the router's own stack, so that both interpret a path in the same way.
 *
 * @param metrics records the responses of routes of this package
 */
export function admitExpress(app: Express, admission: Admitting, metrics?: RequestMetrics): void {
  const measure = (response: Response, route: string, { publishes, isStream }: OwnRoute): void => {
    if (!metrics) return;
    const record = metrics.of(route, publishes);
    const begin = performance.now();
    response.once('finish', () => {
      if (isStream && response.statusCode < 400) return;
      record(response.statusCode, performance.now() - begin);
    });
  };
  app.use((request, response, next) => {
    const { own, path, allowed } = matchedRoute(app.router.stack, request);
    if (allowed.length > 0) return admission.refuseMethod(request, response, allowed);
    if (!own) {
      if (waitsForContinue(request)) response.writeContinue();
      return next();
    }
    measure(response, `${request.method} ${path}`, own);
    void admission.admit(request, response, own).then((isAdmitted) => isAdmitted && next(), next);
  });
  const { stack } = app.router;
  const parser = stack.findIndex(({ name }) => BODY_PARSERS.has(name));
  if (parser !== -1) stack.splice(parser, 0, ...stack.splice(-1));
}

/**
 * Finds the first route for the request.
 *
 * @returns `own`: its requirements, if it belongs to this package. `path`: its pattern. `allowed`: the supported methods, if only routes of this
 *   package match the path and none of them supports the method.
 */
function matchedRoute(
  stack: readonly Layer[],
  { method, path }: Request,
): { own?: OwnRoute | undefined; path?: string; allowed: string[] } {
  const allowed = new Set<string>();
  let isOwnPath = true;
  for (const layer of stack) {
    if (!layer.route || !isMatch(layer, path)) continue;
    const { path: pattern, methods, stack: handlers } = layer.route;
    const own = ownRouteOf(handlers[0]?.handle ?? {});
    const takes = methods[method.toLowerCase()] ?? methods._all ?? (method === 'HEAD' && methods.get === true);
    if (takes) return { own, path: String(pattern), allowed: [] };
    isOwnPath &&= own !== undefined;
    for (const name of Object.keys(methods)) allowed.add(name.toUpperCase());
    if (methods.get) allowed.add('HEAD');
  }
  // The CORS middleware of the host responds to OPTIONS.
  return { allowed: isOwnPath && method !== 'OPTIONS' ? [...allowed] : [] };
}

/** Whether a layer matches. A path that can't be decoded matches nothing; the router responds with an error later. */
function isMatch(layer: Layer, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    return false;
  }
}
