import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';
import { Authenticator } from './authenticator.js';
import { BearerGuard } from './bearer.guard.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { RequestAuthenticator } from './request-authenticator.js';
import { ScopesGuard } from './scopes.guard.js';

/** Who may call: API keys, the guards in front of every route, and rate limits by key and by address. */
@Module({
  controllers: [ApiKeysController],
  providers: [
    ApiKeysRepository,
    ApiKeysService,
    { provide: Authenticator, useExisting: ApiKeysService },
    RequestAuthenticator,
    // Guards of this kind run in the order they are named.
    { provide: APP_GUARD, useClass: BearerGuard },
    { provide: APP_GUARD, useClass: RateLimitGuard },
    { provide: APP_GUARD, useClass: ScopesGuard },
  ],
  exports: [Authenticator],
})
export class AuthModule {}
