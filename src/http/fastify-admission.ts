import type { FastifyInstance, FastifyReply, FastifyRequest, onSendHookHandler, preParsingHookHandler } from 'fastify';
import { boundUnreadBody } from '../common/unread-body.js';
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

/** Adds admission to each route of this package when it is registered. */
export function admitFastify(fastify: Fastify, admission: Admitting): void {
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
  });
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

/** Makes a pattern for the paths of a route. A parameter matches one segment. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/:\w+/g, '[^/]+')}$`);
}
