import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthenticatedRequest } from '../auth/auth.decorators.js';
import { waitsForContinue } from '../common/expect-continue.js';
import type { HttpReply } from '../common/http-exchange.js';
import { ownRouteOf, type Admitting, type OwnRoute } from './own-route.js';

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
export function admitExpress(app: Express, admission: Admitting): void {
  app.use((request, response, next) => {
    const { own, allowed } = matchedRoute(app.router.stack, request);
    if (allowed.length > 0) return admission.refuseMethod(request, response, allowed);
    if (!own) {
      if (waitsForContinue(request)) response.writeContinue();
      return next();
    }
    void admission.admit(request, response, own).then((isAdmitted) => isAdmitted && next(), next);
  });
  const { stack } = app.router;
  const parser = stack.findIndex(({ name }) => BODY_PARSERS.has(name));
  if (parser !== -1) stack.splice(parser, 0, ...stack.splice(-1));
}

/**
 * The requirements of the first route that takes the request, if it is one of this package; or, where only routes of this
 * package match its path, and none its method, the methods that they take.
 */
function matchedRoute(
  stack: readonly Layer[],
  { method, path }: Request,
): { own?: OwnRoute | undefined; allowed: string[] } {
  const allowed = new Set<string>();
  let isOwnPath = true;
  for (const layer of stack) {
    if (!layer.route || !isMatch(layer, path)) continue;
    const { methods, stack: handlers } = layer.route;
    const own = ownRouteOf(handlers[0]?.handle ?? {});
    const takes = methods[method.toLowerCase()] ?? methods._all ?? (method === 'HEAD' && methods.get === true);
    if (takes) return { own, allowed: [] };
    isOwnPath &&= own !== undefined;
    for (const name of Object.keys(methods)) allowed.add(name.toUpperCase());
    if (methods.get) allowed.add('HEAD');
  }
  // CORS of the host answers OPTIONS.
  return { allowed: isOwnPath && method !== 'OPTIONS' ? [...allowed] : [] };
}

/** A path that can't be decoded matches nothing here; the router answers it. */
function isMatch(layer: Layer, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    return false;
  }
}
