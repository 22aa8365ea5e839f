import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { HttpRequest } from '../common/http-exchange.js';
import { OwnParameter } from '../runtime/host-enhancers.js';
import type { Caller, Scope } from './caller.js';

export const PUBLIC = 'auth:public';
export const REQUIRED_SCOPES = 'auth:scopes';

export interface AuthenticatedRequest extends HttpRequest {
  caller?: Caller;
  /** Whether AccessControl has made every check of the route, and none is left for the guards. */
  isAdmitted?: boolean;
}

/** Opens a route to everybody. Without it, a valid key with the scope `webhooks` is needed. */
export const Public = () => SetMetadata(PUBLIC, true);

/** A key needs one of these scopes for the route, instead of `webhooks`. */
export const Scopes = (...scopes: Scope[]) => SetMetadata(REQUIRED_SCOPES, scopes);

const caller = createParamDecorator((_data: OwnParameter, context: ExecutionContext): Caller => {
  const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!request.caller) throw new Error('@CurrentCaller() stands in a route that is @Public()');
  return request.caller;
});

/** The parameter of a handler that is the caller of the request. The route must not be public. */
export const CurrentCaller = () => caller(new OwnParameter('caller'));
