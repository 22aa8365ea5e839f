import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { isObject } from '../common/is-object.js';
import { ruleBy, type Fault, type Requirement } from '../common/rules.js';
import { AsGiven, isWholeNumber, notOneOf, wholeNumber } from '../common/validation.js';
import { choices, shown, shownName } from '../common/validation-error.js';
import { concat, text } from '../translations/phrase.js';

const MAX_REQUESTS = 10_000;
const PERIODS = ['second', 'minute'] as const;

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

/** The first fault of a field's value. */
function faultOf(value: unknown): Fault | Requirement | undefined {
  if (value === null) return undefined;
  if (!isObject(value)) return { right: text('an object such as {"requests": 100, "per": "second"}, or null') };
  const { requests, per, ...others } = value as Record<string, unknown>;
  const [other] = Object.keys(others);
  if (other !== undefined) {
    return (field) =>
      text('{{field}} should not exist; use requests and per', { field: concat(field, '.', shownName(other)) });
  }
  if (!isWholeNumber(requests, 1, MAX_REQUESTS)) {
    return (field) =>
      text('{{field}} must be {{right}}, not {{value}}', {
        field: concat(field, '.requests'),
        right: wholeNumber(1, MAX_REQUESTS),
        value: shown(requests),
      });
  }
  if (!PERIODS.includes(per as 'second')) {
    return (field) => notOneOf(concat(field, '.per'), per, text('a period'), choices(PERIODS));
  }
  return undefined;
}
