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
 * API keys, access checks for all routes, and rate limits per user and client address. The application provides the
 * `Authenticator`; the default is {@link ApiKeysService}.
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
