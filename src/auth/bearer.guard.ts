import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { HttpReply } from '../common/http-messages.js';
import { AccessControl } from './access-control.js';
import type { AuthenticatedRequest } from './auth.decorators.js';
import { accessOf } from './route-access.js';

/** Rejects requests without a valid key, except on public routes. Passes requests that are already admitted. */
@Injectable()
export class BearerGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly control: AccessControl,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    return request.isAdmitted === true || this.identify(request, context);
  }

  private async identify(request: AuthenticatedRequest, context: ExecutionContext): Promise<boolean> {
    const access = accessOf(this.reflector, context.getHandler(), context.getClass());
    await this.control.identify(request, context.switchToHttp().getResponse<HttpReply>(), access);
    return true;
  }
}
