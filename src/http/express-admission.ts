import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthenticatedRequest } from '../auth/auth.decorators.js';
import type { HttpReply } from '../common/http-exchange.js';
import type { Admission } from './admission.js';
import { ownRouteOf, type OwnRoute } from './own-route.js';

type Next = (error?: unknown) => void;
type Request = IncomingMessage & AuthenticatedRequest & { path: string };
type Response = ServerResponse & HttpReply;

/** A layer of Express' router: a middleware, or a route with its handlers. */
interface Layer {
  name: string;
  match(path: string): boolean;
  route?: { methods: Record<string, boolean | undefined>; stack: { handle: object }[] };
}

/** As much of Express 5 as this file uses. */
export interface Express {
  use(middleware: (request: Request, response: Response, next: Next) => void): unknown;
  router: { stack: Layer[] };
}

/** Middlewares that read bodies, by the names of their functions. */
const BODY_PARSERS = new Set(['jsonParser', 'urlencodedParser', 'textParser', 'rawParser']);

/**
 * Adds the admission as a middleware in front of the body parsers and after everything else that the host has added so far.
 * It looks for the route in the router itself, so that it reads a path as the router will.
 */
export function admitExpress(app: Express, admission: Admission): void {
  app.use((request, response, next) => {
    const own = matchedRoute(app.router.stack, request);
    if (!own) return next();
    admission.setHeaders(request, response);
    const readsBody = request.method !== 'GET' && request.method !== 'HEAD';
    void admission.admit(request, response, own, readsBody).then((isAdmitted) => isAdmitted && next(), next);
  });
  const { stack } = app.router;
  const parser = stack.findIndex(({ name }) => BODY_PARSERS.has(name));
  if (parser !== -1) stack.splice(parser, 0, ...stack.splice(-1));
}

/** The requirements of the first route that takes the request, if it is one of this package. */
function matchedRoute(stack: readonly Layer[], { method, path }: Request): OwnRoute | undefined {
  for (const { route, match } of stack.map((layer) => ({ route: layer.route, match: layer.match.bind(layer) }))) {
    if (!route) continue;
    const { methods, stack: handlers } = route;
    const takes = methods[(method ?? '').toLowerCase()] ?? (method === 'HEAD' && methods.get === true);
    if (!takes) continue;
    if (isMatch(match, path)) return ownRouteOf(handlers[0]?.handle ?? {});
  }
  return undefined;
}

/** A path that can't be decoded matches nothing here; the router answers it. */
function isMatch(match: (path: string) => boolean, path: string): boolean {
  try {
    return match(path);
  } catch {
    return false;
  }
}
