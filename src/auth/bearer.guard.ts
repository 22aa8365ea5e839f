import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { PUBLIC, type AuthenticatedRequest } from './auth.decorators.js';
import { RequestAuthenticator } from './request-authenticator.js';

/** Lets a request through that carries a valid key. Stands before every route, denies by default. */
@Injectable()
export class BearerGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: RequestAuthenticator,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    // Routes below /v1 have asked before they read the body.
    if (request.caller) return true;
    const targets = [context.getHandler(), context.getClass()];
    return this.reflector.getAllAndOverride<boolean>(PUBLIC, targets) || this.identify(request);
  }

  private async identify(request: AuthenticatedRequest): Promise<boolean> {
    request.caller = await this.authenticator.identify(request);
    return true;
  }
}
