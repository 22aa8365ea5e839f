import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { isObject } from '../common/is-object.js';
import { AsGiven, ruleBy } from '../common/validation.js';
import { shown, shownName } from '../common/validation-error.js';

const MAX_REQUESTS = 10_000;
const PERIODS = ['second', 'minute'] as const;
const RIGHT = `{"requests": 100, "per": "second"}`;

/** The most requests that a webhook gets in any period. */
@ApiSchema({ name: 'RateLimit' })
export class WebhookRateLimit {
  /** The number of requests. They have equal distances. */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_REQUESTS, example: 100 })
  readonly requests: number;

  @ApiProperty({ enum: PERIODS, example: 'second' })
  readonly per: (typeof PERIODS)[number];
}

/** A rate limit in a request, whose form is closed. */
@ApiSchema({ name: 'SetRateLimit' })
class SetRateLimit extends WebhookRateLimit {}

/** The columns of a rate limit. Both are null without a limit. */
export interface RateLimitColumns {
  rateLimitRequests: number | null;
  rateLimitPer: string | null;
}

/** Declares a field of a request that has a rate limit or null: its rule and its schema. */
export function RateLimitField(): PropertyDecorator {
  return applyDecorators(
    AsGiven(),
    ruleBy('rateLimit', faultOf),
    ApiPropertyOptional({ type: SetRateLimit, nullable: true }),
  );
}

export function rateLimitColumns(limit: WebhookRateLimit | null): RateLimitColumns {
  return { rateLimitRequests: limit?.requests ?? null, rateLimitPer: limit?.per ?? null };
}

export function rateLimitOf({ rateLimitRequests, rateLimitPer }: RateLimitColumns): WebhookRateLimit | null {
  if (rateLimitRequests === null) return null;
  return { requests: rateLimitRequests, per: rateLimitPer === 'minute' ? 'minute' : 'second' };
}

/** The first fault of a field's value, as text to follow the name of the field. */
function faultOf(value: unknown): string | undefined {
  if (value === null) return undefined;
  if (!isObject(value)) return ` must be an object such as ${RIGHT}, or null, not ${shown(value)}`;
  const { requests, per, ...others } = value as Record<string, unknown>;
  const [other] = Object.keys(others);
  if (other !== undefined) return `.${shownName(other)} should not exist; use requests and per`;
  if (!Number.isInteger(requests) || (requests as number) < 1 || (requests as number) > MAX_REQUESTS) {
    return `.requests must be a whole number from 1 to ${MAX_REQUESTS}, not ${shown(requests)}`;
  }
  if (!PERIODS.includes(per as 'second')) return `.per: ${shown(per)} is not a period; use second or minute`;
  return undefined;
}
