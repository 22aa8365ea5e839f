import type { IncomingMessage } from 'node:http';
import type { Type } from '@nestjs/common';
import { ModulesContainer, Reflector } from '@nestjs/core';
import { RouteConfig, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest, preParsingAsyncHookHandler } from 'fastify';
import { CONTROLLERS } from './api.module.js';
import { AccessControl } from './auth/access-control.js';
import { accessOf, type RouteAccess } from './auth/route-access.js';
import { parseJson } from './common/json-body.js';
import { JsonText } from './common/json-text.js';
import { checkBodyHead } from './common/request-body.js';
import { MAX_EVENT_BYTES } from './events/event-payload.js';
import { EventsController } from './events/events.controller.js';

/** Largest body of a management route, in bytes. A webhook, a recovery or a key takes less than 8 KiB. */
const MANAGEMENT_BODY_BYTES = 65_536;
/** Largest body of any route, in bytes: a batch of 500 events of 10 kB each. */
export const MAX_BODY_BYTES = 5 * 1_048_576;
/** Largest bodies of the publishing routes, in bytes, by their handler. */
const PUBLISHING_BODY_BYTES: Record<string, number | undefined> = {
  publish: MAX_EVENT_BYTES,
  publishBatch: MAX_BODY_BYTES,
} satisfies Partial<Record<keyof EventsController, number>>;

/** What becomes of the text of a body. */
type BodyReader = (text: string) => unknown;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set on routes of this service only; a route of a host application has none. */
    own?: { access: RouteAccess; bodyBytes: number; reads: BodyReader };
  }
}

/**
 * Checks role, credentials, limits, scopes, size and type of a request before its body is read. The matched route decides,
 * never the spelling of the path. Routes of a host application are not affected.
 */
export function admitByRoute(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const control = app.get(AccessControl);
  const expectants = new WeakSet<IncomingMessage>();
  markRoutes(app);
  // Without a listener, Node.js answers `100 Continue` at once (RFC 9110, section 10.1.1).
  fastify.server.on('checkContinue', (request, response) => {
    expectants.add(request);
    fastify.server.emit('request', request, response);
  });
  // An unknown expectation may be ignored (same section). Without a listener, Node.js answers 417 without a body.
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

/** Attaches the requirements of each handler to it. Nest copies them to the Fastify route, whatever its path is. */
function markRoutes(app: NestFastifyApplication): void {
  const reflector = app.get(Reflector);
  for (const { controllers } of app.get(ModulesContainer).values()) {
    for (const { metatype } of controllers.values()) {
      const controller = metatype as Type;
      if (!CONTROLLERS.has(controller)) continue;
      // Inherited handlers are shared between controllers, so that only the guards can check them.
      for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(controller.prototype))) {
        const handler: unknown = property.value;
        if (typeof handler !== 'function') continue;
        const own = { access: accessOf(reflector, handler, controller), ...bodyOf(controller, name) };
        RouteConfig({ own })(controller.prototype as object, name, property);
      }
    }
  }
}

/** How large a body a handler takes, and how it is read. */
function bodyOf(controller: Type, handler: string): { bodyBytes: number; reads: BodyReader } {
  const publishing = controller === EventsController ? PUBLISHING_BODY_BYTES[handler] : undefined;
  if (publishing !== undefined) return { bodyBytes: publishing, reads: (text) => new JsonText(text) };
  return { bodyBytes: MANAGEMENT_BODY_BYTES, reads: parseJson };
}
