import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  onResponseHookHandler,
  onSendHookHandler,
  preParsingHookHandler,
} from 'fastify';
import { boundUnreadBody } from '../common/unread-body.js';
import type { RequestMetrics } from '../metrics/request-metrics.js';
import type { Admitting, OwnRoute } from './own-route.js';

export type Fastify = FastifyInstance;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set only on routes of this package. */
    own?: OwnRoute;
  }
}

const bound: onSendHookHandler = ({ raw }, reply, _payload, done) => {
  if (boundUnreadBody(raw)) reply.header('connection', 'close');
  done();
};

/**
 * Adds admission to each route of this package when it is registered.
 *
 * @param metrics records the responses of these routes
 */
export function admitFastify(fastify: Fastify, admission: Admitting, metrics?: RequestMetrics): void {
  const routes: { method: string; pattern: RegExp }[] = [];
  fastify.addHook('preParsing', (request, reply, _payload, done) => {
    const allowed = request.is404 ? routes.filter(({ pattern }) => pattern.test(pathOf(request.url))) : [];
    if (allowed.length === 0) done();
    else admission.refuseMethod(request, reply, [...new Set(allowed.map(({ method }) => method))]);
  });
  fastify.addHook('onRoute', (route) => {
    const own = route.config?.own;
    if (!own) return;
    for (const method of [route.method].flat()) routes.push({ method, pattern: patternOf(route.url) });
    const admit = (request: FastifyRequest, reply: FastifyReply, _payload: unknown, done: () => void): void => {
      // After a rejection the response is sent, and done() must not be called.
      void admission.admit(request, reply, own).then((isAdmitted) => isAdmitted && done());
    };
    route.preParsing = [route.preParsing ?? [], admit].flat() as preParsingHookHandler[];
    route.onSend = [route.onSend ?? [], bound].flat() as onSendHookHandler[];
    if (!metrics) return;
    const record = metrics.of(`${String(route.method)} ${route.url}`, own.publishes);
    const recorded: onResponseHookHandler = (_request, reply, done) => {
      if (!own.isStream || reply.statusCode >= 400) record(reply.statusCode, reply.elapsedTime);
      done();
    };
    route.onResponse = [route.onResponse ?? [], recorded].flat() as onResponseHookHandler[];
  });
}

/**
 * Records the responses of routes that do not belong to this package, and of requests without a route. For the service only:
 * in a host application, these belong to the host.
 */
export function measureOtherRequests(fastify: Fastify, metrics: RequestMetrics): void {
  const unmatched = metrics.of('unmatched');
  fastify.addHook('onResponse', ({ method, is404, routeOptions }, { statusCode, elapsedTime }, done) => {
    if (is404 || routeOptions.url === undefined) unmatched(statusCode, elapsedTime);
    else if (!routeOptions.config.own) metrics.of(`${method} ${routeOptions.url}`)(statusCode, elapsedTime);
    done();
  });
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

/** Makes a pattern for the paths of a route. A parameter matches one segment. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/:\w+/g, '[^/]+')}$`);
}
