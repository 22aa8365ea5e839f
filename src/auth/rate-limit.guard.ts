import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { DomainError } from '../common/domain-error.js';
import { AppConfig } from '../config/app-config.js';
import { REQUIRED_SCOPES, type AuthenticatedRequest } from './auth.decorators.js';
import type { Scope } from './caller.js';

const MINUTE_S = 60;

/**
 * Counts the requests of each key, publishing and all others apart, and refuses those over the limit. Stands behind the
 * {@link BearerGuard}, which names the key. The counts are this process's own.
 *
 * Answers carry how much is left twice: as draft-ietf-httpapi-ratelimit-headers has it since its version 8, and in the
 * three fields of its earlier versions, which more clients know.
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  private readonly management: RateLimiterMemory | undefined;
  private readonly publishing: RateLimiterMemory | undefined;

  constructor(
    private readonly reflector: Reflector,
    { rateLimitPerMinute, publishRateLimitPerMinute }: AppConfig,
  ) {
    this.management = limiterOf(rateLimitPerMinute);
    this.publishing = limiterOf(publishRateLimitPerMinute);
  }

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    return (!this.management && !this.publishing) || this.count(context);
  }

  private async count(context: ExecutionContext): Promise<boolean> {
    const { caller } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const scopes = this.reflector.getAllAndOverride<Scope[]>(REQUIRED_SCOPES, [
      context.getHandler(),
      context.getClass(),
    ]);
    const isPublishing = scopes?.length === 1 && scopes[0] === 'events:publish';
    const limiter = isPublishing ? this.publishing : this.management;
    const policy = isPublishing ? '"publishing"' : '"management"';
    if (!caller || !limiter) return true;

    const state = await limiter.consume(caller.keyId).catch((refused: unknown) => refused);
    if (!(state instanceof RateLimiterRes)) throw state;
    const seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1_000));
    const remaining = Math.max(0, limiter.points - state.consumedPoints);
    context
      .switchToHttp()
      .getResponse<FastifyReply>()
      .header('ratelimit-limit', String(limiter.points))
      .header('ratelimit-remaining', String(remaining))
      .header('ratelimit-reset', String(seconds))
      .header('ratelimit-policy', `${policy};q=${limiter.points};w=${MINUTE_S}`)
      .header('ratelimit', `${policy};r=${remaining};t=${seconds}`);
    if (state.consumedPoints > limiter.points) {
      throw new DomainError('RATE_LIMITED', `More than ${limiter.points} requests a minute with this API key.`, {
        retryAfterSeconds: seconds,
      });
    }
    return true;
  }
}

/** @param limit requests a minute; 0 for no limit */
function limiterOf(limit: number): RateLimiterMemory | undefined {
  return limit === 0 ? undefined : new RateLimiterMemory({ points: limit, duration: MINUTE_S });
}
