import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessControl } from './access-control.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';
import { Authenticator } from './authenticator.js';
import { BearerGuard } from './bearer.guard.js';
import { RateLimits } from './rate-limits.js';
import { RequestAuthenticator } from './request-authenticator.js';
import { ScopesGuard } from './scopes.guard.js';

/** Who may call: API keys, the guards of every route, and rate limits by user and by address. */
@Module({
  controllers: [ApiKeysController],
  providers: [
    ApiKeysRepository,
    ApiKeysService,
    { provide: Authenticator, useExisting: ApiKeysService },
    RequestAuthenticator,
    RateLimits,
    AccessControl,
    // Global guards run in the order of this list.
    { provide: APP_GUARD, useClass: BearerGuard },
    { provide: APP_GUARD, useClass: ScopesGuard },
  ],
  exports: [Authenticator],
})
export class AuthModule {}
