import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { HttpRequest } from '../common/http-messages.js';
import { OwnParameter } from '../runtime/host-enhancers.js';
import type { Caller, Scope } from './caller.js';

export const PUBLIC = 'auth:public';
export const REQUIRED_SCOPES = 'auth:scopes';

export interface AuthenticatedRequest extends HttpRequest {
  caller?: Caller;
  /** Whether AccessControl has admitted the request. The guards then check nothing. */
  isAdmitted?: boolean;
}

/** Opens a route to requests without a key. Other routes need a key with the scope `webhooks`. */
export const Public = () => SetMetadata(PUBLIC, true);

/** The key needs one of these scopes, instead of `webhooks`. */
export const Scopes = (...scopes: Scope[]) => SetMetadata(REQUIRED_SCOPES, scopes);

const caller = createParamDecorator((_data: OwnParameter, context: ExecutionContext): Caller => {
  const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!request.caller) throw new Error('@CurrentCaller() needs a caller, but the route is @Public()');
  return request.caller;
});

/** Injects the {@link Caller} into a handler. The route must not be public. */
export const CurrentCaller = () => caller(new OwnParameter('caller'));
