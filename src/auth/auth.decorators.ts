import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Caller as CallerOf, Scope } from './caller.js';

export const PUBLIC = 'auth:public';
export const REQUIRED_SCOPES = 'auth:scopes';

export type AuthenticatedRequest = FastifyRequest & {
  caller?: CallerOf;
  /** Whether AccessControl has made every check of the route, and none is left for the guards. */
  isAdmitted?: boolean;
};

/** Opens a route to everybody. Without it, a valid key with the scope `webhooks` is needed. */
export const Public = () => SetMetadata(PUBLIC, true);

/** A key needs one of these scopes for the route, instead of `webhooks`. */
export const Scopes = (...scopes: Scope[]) => SetMetadata(REQUIRED_SCOPES, scopes);

/** The handler's parameter that says who calls. */
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): CallerOf => {
  const { caller } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!caller) throw new Error('@Caller() stands in a route that is @Public()');
  return caller;
});
