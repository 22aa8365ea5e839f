import type { FastifyInstance, FastifyReply, FastifyRequest, onSendHookHandler, preParsingHookHandler } from 'fastify';
import { boundUnreadBody } from '../common/unread-body.js';
import type { Admission } from './admission.js';
import type { OwnRoute } from './own-route.js';

export type Fastify = FastifyInstance;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set on routes of this package only. */
    own?: OwnRoute;
  }
}

/** Adds the admission to each route of this package as it is registered. */
export function admitFastify(fastify: Fastify, admission: Admission): void {
  fastify.addHook('onRoute', (route) => {
    const own = route.config?.own;
    if (!own) return;
    const readsBody = route.method !== 'GET' && route.method !== 'HEAD';
    const admit = (request: FastifyRequest, reply: FastifyReply, _payload: unknown, done: () => void): void => {
      admission.setHeaders(request, reply);
      // A request that is answered here goes no further.
      void admission.admit(request, reply, own, readsBody).then((isAdmitted) => isAdmitted && done());
    };
    const bound: onSendHookHandler = ({ raw }, reply, _payload, done) => {
      if (boundUnreadBody(raw)) reply.header('connection', 'close');
      done();
    };
    route.preParsing = [route.preParsing ?? [], admit].flat() as preParsingHookHandler[];
    route.onSend = [route.onSend ?? [], bound].flat() as onSendHookHandler[];
  });
}
