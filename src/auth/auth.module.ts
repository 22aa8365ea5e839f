import { Module } from '@nestjs/common';
import { AccessControl } from './access-control.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';
import { BearerGuard } from './bearer.guard.js';
import { BootstrapKey } from './bootstrap-key.js';
import { RateLimits } from './rate-limits.js';
import { RequestAuthenticator } from './request-authenticator.js';
import { ScopesGuard } from './scopes.guard.js';

/**
 * API keys, the checks of every route, and rate limits by user and by address. The `Authenticator` is a part of the
 * application; by default it is the {@link ApiKeysService}.
 */
@Module({
  providers: [
    ApiKeysRepository,
    ApiKeysService,
    BootstrapKey,
    RequestAuthenticator,
    RateLimits,
    AccessControl,
    BearerGuard,
    ScopesGuard,
  ],
  exports: [ApiKeysRepository, ApiKeysService, AccessControl, BearerGuard, ScopesGuard],
})
export class AuthModule {}
