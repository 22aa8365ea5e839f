import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { InjectThrottlerOptions, InjectThrottlerStorage, ThrottlerGuard, ThrottlerStorage } from '@nestjs/throttler';
import type { ThrottlerLimitDetail, ThrottlerModuleOptions } from '@nestjs/throttler';
import type { AppConfig } from '../config/app-config.js';
import { DomainError } from '../common/domain-error.js';
import { PUBLIC, REQUIRED_SCOPES, type AuthenticatedRequest } from './auth.decorators.js';
import type { Scope } from './caller.js';

const MINUTE_MS = 60_000;

/** The limits of publishing routes and of all others, each counted for every key, in this process. */
export function rateLimits(config: AppConfig): ThrottlerModuleOptions {
  const isPublishing = (context: ExecutionContext): boolean =>
    (Reflect.getMetadata(REQUIRED_SCOPES, context.getHandler()) as Scope[] | undefined)?.[0] === 'events:publish';
  const { rateLimitPerMinute: management, publishRateLimitPerMinute: publishing } = config;
  return {
    throttlers: [
      {
        name: 'management',
        ttl: MINUTE_MS,
        limit: management,
        skipIf: (context) => management === 0 || isPublishing(context),
      },
      {
        name: 'publishing',
        ttl: MINUTE_MS,
        limit: publishing,
        skipIf: (context) => publishing === 0 || !isPublishing(context),
      },
    ],
  };
}

/** Counts requests by key and refuses those over the limit. Stands behind the {@link BearerGuard}, which names the key. */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() storage: ThrottlerStorage,
    reflector: Reflector,
  ) {
    super(options, storage, reflector);
  }

  protected override async shouldSkip(context: ExecutionContext): Promise<boolean> {
    return this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()]) ?? false;
  }

  protected override async getTracker(request: AuthenticatedRequest): Promise<string> {
    return request.caller?.keyId ?? request.ip;
  }

  /** One count a key and kind of route, not one a handler. */
  protected override generateKey(_context: ExecutionContext, tracker: string, name: string): string {
    return `${name}:${tracker}`;
  }

  protected override async throwThrottlingException(
    _context: ExecutionContext,
    { limit, timeToBlockExpire }: ThrottlerLimitDetail,
  ): Promise<void> {
    throw new DomainError('RATE_LIMITED', `More than ${limit} requests a minute with this API key.`, {
      retryAfterSeconds: timeToBlockExpire,
    });
  }
}
