import type { Type } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { AuthenticatedRequest } from '../auth/auth.decorators.js';
import { accessOf, type RouteAccess } from '../auth/route-access.js';
import type { HttpReply } from '../common/http-messages.js';
import { parseJson } from '../common/json-body.js';
import { JsonText } from '../common/json-text.js';
import { MAX_EVENT_BYTES } from '../events/event-payload.js';
import { EventsController } from '../events/events.controller.js';
import { EventStreamController } from '../streams/event-stream.controller.js';
import { FilterTestController } from '../webhooks/filter-test.controller.js';

/** Maximum body of a management route, in bytes. A webhook, recovery or key takes less than 8 KiB. */
const MANAGEMENT_BODY_BYTES = 65_536;
/** Maximum body of any route, in bytes: a batch of 500 events of 10 kB each. */
export const MAX_BODY_BYTES = 5 * 1_048_576;
/** Maximum bodies of the publishing routes, in bytes, by the name of the handler. */
const PUBLISHING_BODY_BYTES: Record<string, number | undefined> = {
  publishEvent: MAX_EVENT_BYTES,
  publishEvents: MAX_BODY_BYTES,
} satisfies Partial<Record<keyof EventsController, number>>;

/** The requirements of a route of this package. */
export interface OwnRoute {
  access: RouteAccess;
  bodyBytes: number;
  /** Whether it accepts events. */
  publishes: boolean;
  /** Whether its responses stay open. Their durations say nothing about the speed of the service. */
  isStream: boolean;
  /** Converts the text of a body. */
  reads: (text: string) => unknown;
}

/** Admits or rejects requests to routes of this package. */
export interface Admitting {
  /**
   * Sets the headers of a response of this package, checks the request, and reads its body. Responds if a check fails.
   *
   * @returns whether the handler may run
   */
  admit(request: AuthenticatedRequest, reply: HttpReply, own: OwnRoute): Promise<boolean>;
  /** Responds to a request that matches the path of a route, but none of its methods. */
  refuseMethod(request: AuthenticatedRequest, reply: HttpReply, allowed: readonly string[]): void;
}

/**
 * The metadata key of `@nestjs/platform-fastify` for the configuration of a route. Nest copies all metadata of a handler to
 * the function that it registers. Routes can therefore be recognized in any HTTP framework.
 */
const ROUTE_CONFIG = '__fastify_route_config__';

/** Attaches its requirements to each handler. The path of the route, which a host may change, has no influence. */
export function markOwnRoutes(controllers: Iterable<Type>, reflector: Reflector): void {
  for (const controller of controllers) {
    for (const [name, { value: handler }] of Object.entries(Object.getOwnPropertyDescriptors(controller.prototype))) {
      if (typeof handler !== 'function' || name === 'constructor') continue;
      const own: OwnRoute = { access: accessOf(reflector, handler as object, controller), ...bodyOf(controller, name) };
      Reflect.defineMetadata(ROUTE_CONFIG, { own }, handler as object);
    }
  }
}

/** The requirements of the route with this handler. Undefined for a route of the host. */
export function ownRouteOf(handler: object): OwnRoute | undefined {
  return (Reflect.getMetadata(ROUTE_CONFIG, handler) as { own?: OwnRoute } | undefined)?.own;
}

/** The body limit of a handler, the conversion of its body, and whether the body has events. */
function bodyOf(controller: Type, handler: string): Omit<OwnRoute, 'access'> {
  const isStream = controller === EventStreamController;
  const publishing = controller === EventsController ? PUBLISHING_BODY_BYTES[handler] : undefined;
  if (publishing !== undefined) {
    return { bodyBytes: publishing, publishes: true, isStream, reads: (text) => new JsonText(text) };
  }
  if (controller === FilterTestController) {
    return { bodyBytes: MAX_EVENT_BYTES, publishes: false, isStream, reads: (text) => new JsonText(text) };
  }
  return { bodyBytes: MANAGEMENT_BODY_BYTES, publishes: false, isStream, reads: parseJson };
}
