import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DomainError } from '../common/domain-error.js';
import { PUBLIC, REQUIRED_SCOPES, type AuthenticatedRequest } from './auth.decorators.js';
import { Authenticator } from './authenticator.js';
import type { Scope } from './caller.js';

const DEFAULT_SCOPES: Scope[] = ['webhooks'];

/** Lets a request through that carries a valid key with the route's scope. Stands before every route, denies by default. */
@Injectable()
export class BearerGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, targets)) return true;

    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const caller = await this.authenticator.authenticate(bearerToken(request.headers.authorization));
    const scopes = this.reflector.getAllAndOverride<Scope[]>(REQUIRED_SCOPES, targets) ?? DEFAULT_SCOPES;
    if (!scopes.some((scope) => caller.scopes.includes(scope))) {
      throw new DomainError('FORBIDDEN', `This needs an API key with the scope "${scopes.join('" or "')}".`);
    }
    request.caller = caller;
    return true;
  }
}

/** The token of an `Authorization` header (RFC 6750); the scheme's case does not matter (RFC 9110). */
function bearerToken(header: string | undefined): string {
  const token = /^bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  if (token === undefined) {
    throw new DomainError('UNAUTHORIZED', 'An API key is missing: send "Authorization: Bearer <key>".');
  }
  return token;
}
