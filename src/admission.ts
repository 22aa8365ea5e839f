import type { IncomingMessage } from 'node:http';
import type { Type } from '@nestjs/common';
import { ModulesContainer, Reflector } from '@nestjs/core';
import { RouteConfig, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest, preParsingAsyncHookHandler } from 'fastify';
import { AccessControl } from './auth/access-control.js';
import { accessOf, type RouteAccess } from './auth/route-access.js';
import { checkBodyHead } from './common/request-body.js';
import { MAX_PAYLOAD_BYTES } from './events/event-payload.js';
import { EventsController } from './events/events.controller.js';

/** Largest body of a management route, in bytes. A webhook, a recovery or a key takes less than 8 KiB. */
export const MANAGEMENT_BODY_BYTES = 65_536;
/**
 * Largest body with one event. A body may be twice as long as the payload that is made of it: by white space, or by
 * `\uXXXX` for letters of three bytes in UTF-8, which is how Python writes Korean. The rest is for the other fields.
 */
export const EVENT_BODY_BYTES = 2 * MAX_PAYLOAD_BYTES + MANAGEMENT_BODY_BYTES;
/** Largest body with a batch: 500 events of 10 kB each. */
export const BATCH_BODY_BYTES = 5 * 1_048_576;

const BODY_BYTES = new Map<unknown, number>([
  [EventsController.prototype.publish, EVENT_BODY_BYTES],
  [EventsController.prototype.publishBatch, BATCH_BODY_BYTES],
]);

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a route of this service requires. Other routes, such as those of a host application, have none. */
    own?: { access: RouteAccess; bodyBytes: number };
  }
}

/**
 * Decides from the head of a request, by the route that it matched, whether its body is read: role, credentials, limits,
 * scopes, size, type. The spelling of the path has no part in it, and routes of others are not affected.
 */
export function admitByRoute(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const control = app.get(AccessControl);
  const expectants = new WeakSet<IncomingMessage>();
  markRoutes(app);
  // Node.js would answer `100 Continue` to everybody at once (RFC 9110, section 10.1.1).
  fastify.server.on('checkContinue', (request, response) => {
    expectants.add(request);
    fastify.server.emit('request', request, response);
  });
  // An expectation that is not known may be ignored (the same section). Node.js would answer without a body.
  fastify.server.on('checkExpectation', (request, response) => fastify.server.emit('request', request, response));

  fastify.addHook('onRoute', (route) => {
    const own = route.config?.own;
    const readsBody = route.method !== 'GET' && route.method !== 'HEAD';
    if (own) route.bodyLimit = own.bodyBytes;
    const admit = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      const expectsContinue = expectants.has(request.raw);
      if (own) {
        await control.admit(request, reply, own.access);
        if (readsBody) checkBodyHead(request.raw, own.bodyBytes, !expectsContinue);
      }
      if (readsBody && expectsContinue) reply.raw.writeContinue();
    };
    if (own || readsBody) {
      route.preParsing = [route.preParsing ?? [], admit].flat() as preParsingAsyncHookHandler[];
    }
  });
}

/** Tells Fastify what each handler of a controller requires. Nest passes it on to the route, whatever its path is. */
function markRoutes(app: NestFastifyApplication): void {
  const reflector = app.get(Reflector);
  for (const { controllers } of app.get(ModulesContainer).values()) {
    for (const { metatype } of controllers.values()) {
      const controller = metatype as Type;
      // What a controller inherits it shares with others, and is left to the guards.
      for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(controller.prototype))) {
        const handler: unknown = property.value;
        if (typeof handler !== 'function') continue;
        const own = {
          access: accessOf(reflector, handler, controller),
          bodyBytes: BODY_BYTES.get(handler) ?? MANAGEMENT_BODY_BYTES,
        };
        RouteConfig({ own })(controller.prototype as object, name, property);
      }
    }
  }
}
