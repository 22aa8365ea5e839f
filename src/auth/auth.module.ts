import { Module } from '@nestjs/common';
import { AccessControl } from './access-control.js';
import { ApiKeysModule } from './api-keys.module.js';
import { BearerGuard } from './bearer.guard.js';
import { BootstrapKey } from './bootstrap-key.js';
import { RateLimits } from './rate-limits.js';
import { RequestAuthenticator } from './request-authenticator.js';
import { ScopesGuard } from './scopes.guard.js';

/**
 * API keys, access checks for all routes, and rate limits per user and client address. The application provides the
 * `Authenticator`; the default is the `ApiKeysService`.
 */
@Module({
  imports: [ApiKeysModule],
  providers: [BootstrapKey, RequestAuthenticator, RateLimits, AccessControl, BearerGuard, ScopesGuard],
  exports: [ApiKeysModule, AccessControl, BearerGuard, RequestAuthenticator, ScopesGuard],
})
export class AuthModule {}
