import { Injectable } from '@nestjs/common';
import type { HttpReply } from '../common/http-messages.js';
import { DomainError } from '../common/domain-error.js';
import { AppConfig } from '../config/app-config.js';
import type { AuthenticatedRequest } from './auth.decorators.js';
import { hasScope } from './caller.js';
import { RateLimits } from './rate-limits.js';
import { RequestAuthenticator } from './request-authenticator.js';
import type { RouteAccess } from './route-access.js';
import { text, type PhraseValue } from '../translations/phrase.js';

/**
 * Decides whether a request may use the route that it matched. Checks role, credentials, rate limit and scopes, in this
 * order. The HTTP server calls it before it reads the body. The guards check requests that the server has not admitted.
 */
@Injectable()
export class AccessControl {
  constructor(
    private readonly authenticator: RequestAuthenticator,
    private readonly limits: RateLimits,
    private readonly config: AppConfig,
  ) {}

  /** @throws DomainError `NOT_FOUND`, `UNAUTHORIZED`, `RATE_LIMITED` or `FORBIDDEN` */
  async admit(request: AuthenticatedRequest, reply: HttpReply, access: RouteAccess): Promise<void> {
    await this.identify(request, reply, access);
    this.authorize(request, access);
    request.isAdmitted = true;
  }

  /** Sets the caller of a request and counts it against the rate limit. A public route has no caller. */
  async identify(request: AuthenticatedRequest, reply: HttpReply, access: RouteAccess): Promise<void> {
    if (access.isPublic) return;
    if (this.config.role === 'dispatcher') {
      throw new DomainError(
        'NOT_FOUND',
        'This process only dispatches (ROLE=dispatcher): use one that serves the API.',
      );
    }
    const caller = await this.authenticator.identify(request);
    await this.limits.count(caller, access, reply);
    request.caller = caller;
  }

  /** Checks the scopes of an identified caller. Runs after the rate limit, which also counts requests without the scope. */
  authorize({ caller }: AuthenticatedRequest, { isPublic, scopes }: RouteAccess): void {
    if (isPublic || (caller && scopes.some((scope) => hasScope(caller, scope)))) return;
    throw new DomainError(
      'FORBIDDEN',
      text('This needs an API key with the scope {{scopes}}.', {
        scopes: scopes
          .map((scope): PhraseValue => `"${scope}"`)
          .reduce((others, last) => text('{{others}} or {{last}}', { others, last })),
      }),
    );
  }
}
