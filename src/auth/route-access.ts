import type { Type } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { PUBLIC, REQUIRED_SCOPES } from './auth.decorators.js';
import type { Scope } from './caller.js';

/** The requirements of a route. */
export interface RouteAccess {
  isPublic: boolean;
  /** The key needs one of these. */
  scopes: readonly Scope[];
}

const DEFAULT_SCOPES: readonly Scope[] = ['webhooks'];

/** Reads the decorators of a route. An undecorated route needs a key with the scope `webhooks`. */
export function accessOf(reflector: Reflector, handler: object, controller: Type): RouteAccess {
  const targets = [handler, controller] as Parameters<Reflector['getAllAndOverride']>[1];
  return {
    isPublic: reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets) ?? false,
    scopes: reflector.getAllAndOverride<Scope[] | undefined>(REQUIRED_SCOPES, targets) ?? DEFAULT_SCOPES,
  };
}
