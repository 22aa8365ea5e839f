import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DomainError } from '../common/domain-error.js';
import { REQUIRED_SCOPES, type AuthenticatedRequest } from './auth.decorators.js';
import type { Scope } from './caller.js';

const DEFAULT_SCOPES: Scope[] = ['webhooks'];

/**
 * Lets a caller through whose key has the route's scope. Stands behind the rate limits, so that requests which lack it
 * count as well.
 */
@Injectable()
export class ScopesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const { caller } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    // Only open routes have no caller: the BearerGuard refuses all others.
    if (!caller) return true;
    const targets = [context.getHandler(), context.getClass()];
    const scopes = this.reflector.getAllAndOverride<Scope[]>(REQUIRED_SCOPES, targets) ?? DEFAULT_SCOPES;
    if (!scopes.some((scope) => caller.scopes.includes(scope))) {
      throw new DomainError('FORBIDDEN', `This needs an API key with the scope "${scopes.join('" or "')}".`);
    }
    return true;
  }
}
