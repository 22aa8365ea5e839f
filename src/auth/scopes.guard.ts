import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AccessControl } from './access-control.js';
import type { AuthenticatedRequest } from './auth.decorators.js';
import { accessOf } from './route-access.js';

/** Rejects callers without the scope of the route. Runs after the {@link BearerGuard}. */
@Injectable()
export class ScopesGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly control: AccessControl,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (request.isAdmitted !== true) {
      this.control.authorize(request, accessOf(this.reflector, context.getHandler(), context.getClass()));
    }
    return true;
  }
}
