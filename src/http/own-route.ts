import type { Type } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { AuthenticatedRequest } from '../auth/auth.decorators.js';
import { accessOf, type RouteAccess } from '../auth/route-access.js';
import type { HttpReply } from '../common/http-exchange.js';
import { parseJson } from '../common/json-body.js';
import { JsonText } from '../common/json-text.js';
import { MAX_EVENT_BYTES } from '../events/event-payload.js';
import { EventsController } from '../events/events.controller.js';

/** Largest body of a management route, in bytes. A webhook, a recovery or a key takes less than 8 KiB. */
const MANAGEMENT_BODY_BYTES = 65_536;
/** Largest body of any route, in bytes: a batch of 500 events of 10 kB each. */
export const MAX_BODY_BYTES = 5 * 1_048_576;
/** Largest bodies of the publishing routes, in bytes, by their handler. */
const PUBLISHING_BODY_BYTES: Record<string, number | undefined> = {
  publishEvent: MAX_EVENT_BYTES,
  publishEvents: MAX_BODY_BYTES,
} satisfies Partial<Record<keyof EventsController, number>>;

/** The requirements of a route of this package. */
export interface OwnRoute {
  access: RouteAccess;
  bodyBytes: number;
  /** Reads the text of a body. */
  reads: (text: string) => unknown;
}

/** Admits requests to routes of this package. */
export interface Admitting {
  /**
   * Sets the headers of every answer of this package, admits a request and reads its body into it, or answers it.
   *
   * @returns whether the request goes on to its handler
   */
  admit(request: AuthenticatedRequest, reply: HttpReply, own: OwnRoute): Promise<boolean>;
  /** Answers a request whose path is one of this package, and whose method is none. */
  refuseMethod(request: AuthenticatedRequest, reply: HttpReply, allowed: readonly string[]): void;
}

/**
 * The key under which `@nestjs/platform-fastify` looks for the configuration of a route. Nest copies all metadata of a
 * handler to the function that it registers with the HTTP framework, so that any framework's routes can be recognized.
 */
const ROUTE_CONFIG = '__fastify_route_config__';

/** Attaches the requirements of each handler to it. The path of its route, which a host may change, makes no difference. */
export function markOwnRoutes(controllers: Iterable<Type>, reflector: Reflector): void {
  for (const controller of controllers) {
    for (const [name, { value: handler }] of Object.entries(Object.getOwnPropertyDescriptors(controller.prototype))) {
      if (typeof handler !== 'function' || name === 'constructor') continue;
      const own: OwnRoute = { access: accessOf(reflector, handler as object, controller), ...bodyOf(controller, name) };
      Reflect.defineMetadata(ROUTE_CONFIG, { own }, handler as object);
    }
  }
}

/** The requirements of the route that a function was registered for; undefined for a route of the host. */
export function ownRouteOf(handler: object): OwnRoute | undefined {
  return (Reflect.getMetadata(ROUTE_CONFIG, handler) as { own?: OwnRoute } | undefined)?.own;
}

/** How large a body a handler takes, and how it is read. */
function bodyOf(controller: Type, handler: string): Pick<OwnRoute, 'bodyBytes' | 'reads'> {
  const publishing = controller === EventsController ? PUBLISHING_BODY_BYTES[handler] : undefined;
  if (publishing !== undefined) return { bodyBytes: publishing, reads: (text) => new JsonText(text) };
  return { bodyBytes: MANAGEMENT_BODY_BYTES, reads: parseJson };
}
