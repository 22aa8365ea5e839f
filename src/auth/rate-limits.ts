import { Injectable } from '@nestjs/common';
import type { HttpReply } from '../common/http-messages.js';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { DomainError } from '../common/domain-error.js';
import { AppConfig } from '../config/app-config.js';
import type { Caller } from './caller.js';
import type { RouteAccess } from './route-access.js';
import { text } from '../translations/phrase.js';

const MINUTE_S = 60;

/**
 * Enforces the rate limits per user. Publishing and management have separate counters.
 *
 * All keys of a user share the counters, so that a new key gives no new allowance. Counters are local to the process.
 *
 * Every response has the remaining allowance in two forms. One is draft-ietf-httpapi-ratelimit-headers from version 8 on.
 * The other is the three fields of its earlier versions, which more clients support.
 */
@Injectable()
export class RateLimits {
  private readonly management: RateLimiterMemory | undefined;
  private readonly publishing: RateLimiterMemory | undefined;

  constructor({ rateLimitPerMinute, publishRateLimitPerMinute }: AppConfig) {
    this.management = limiterOf(rateLimitPerMinute);
    this.publishing = limiterOf(publishRateLimitPerMinute);
  }

  /** @throws DomainError `RATE_LIMITED` */
  async count({ userId }: Caller, { scopes }: RouteAccess, reply: HttpReply): Promise<void> {
    const isPublishing = scopes.length === 1 && scopes[0] === 'events:publish';
    const limiter = isPublishing ? this.publishing : this.management;
    const policy = isPublishing ? '"publishing"' : '"management"';
    if (!limiter) return;

    const state = await limiter.consume(userId).catch((refused: unknown) => refused);
    if (!(state instanceof RateLimiterRes)) throw state;
    const seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1_000));
    const remaining = Math.max(0, limiter.points - state.consumedPoints);
    reply
      .header('ratelimit-limit', String(limiter.points))
      .header('ratelimit-remaining', String(remaining))
      .header('ratelimit-reset', String(seconds))
      .header('ratelimit-policy', `${policy};q=${limiter.points};w=${MINUTE_S}`)
      .header('ratelimit', `${policy};r=${remaining};t=${seconds}`);
    if (state.consumedPoints > limiter.points) {
      throw new DomainError(
        'RATE_LIMITED',
        text('More than {{limit}} requests per minute with the keys of one user.', { limit: limiter.points }),
        {
          retryAfterSeconds: seconds,
        },
      );
    }
  }
}

/** @param limit requests per minute; 0: no limit */
function limiterOf(limit: number): RateLimiterMemory | undefined {
  return limit === 0 ? undefined : new RateLimiterMemory({ points: limit, duration: MINUTE_S });
}
