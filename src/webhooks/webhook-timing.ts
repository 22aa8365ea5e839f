import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';
import { ruleBy, type Fault, type Requirement } from '../common/rules.js';
import { shown } from '../common/validation-error.js';
import { parseDuration } from '../config/duration.js';
import { concat, text } from '../translations/phrase.js';

/** The shortest time limit of an attempt. The longest is that of the service. */
export const MIN_TIMEOUT_MS = 1_000;
const MAX_ATTEMPTS = 20;
const MAX_DELAY_MS = 7 * 86_400_000;

/** Declares a field of a request that has a time limit or null. `WebhooksService` checks the limit of the service. */
export function TimeoutField(): PropertyDecorator {
  return applyDecorators(
    ValidateIf((_object, value) => value !== undefined && value !== null),
    ruleBy('timeout', (value) =>
      Number.isInteger(value) && (value as number) >= MIN_TIMEOUT_MS
        ? undefined
        : { right: text('a whole number from {{min}} to the limit of the service', { min: MIN_TIMEOUT_MS }) },
    ),
    ApiPropertyOptional({
      type: 'integer',
      description:
        'The time limit of an attempt in milliseconds: from 1000 to that of the service (10,000 by default). Null: that of the ' +
        'service.',
      minimum: MIN_TIMEOUT_MS,
      nullable: true,
      example: 5_000,
    }),
  );
}

/** Declares a field of a request that has a retry schedule or null. */
export function RetryScheduleField(): PropertyDecorator {
  return applyDecorators(
    ValidateIf((_object, value) => value !== undefined && value !== null),
    ruleBy('retrySchedule', faultOf),
    ApiPropertyOptional({
      type: 'array',
      description:
        'The delays before each attempt, from the first one on: 1 to 20 durations of at most `7d`, each varied by 20 %. The ' +
        'first attempt is always made at once. Null: the schedule of the service.',
      items: { type: 'string', pattern: '^\\d{1,9}(ms|s|m|h|d)$' },
      minItems: 1,
      maxItems: MAX_ATTEMPTS,
      nullable: true,
      example: ['0s', '30s', '10m', '2h'],
    }),
  );
}

/** The delays of a valid schedule, in milliseconds. */
export function delaysOf(schedule: readonly string[]): number[] {
  return schedule.map((delay) => parseDuration(delay) ?? 0);
}

function faultOf(value: unknown): Fault | Requirement | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_ATTEMPTS) {
    return { right: text('an array of 1 to {{max}} durations, such as ["0s", "5s", "5m"]', { max: MAX_ATTEMPTS }) };
  }
  const index = value.findIndex((item) => {
    const delay = typeof item === 'string' ? parseDuration(item) : undefined;
    return delay === undefined || delay > MAX_DELAY_MS;
  });
  if (index === -1) return undefined;
  return (field) =>
    text('{{field}}: {{value}} is not a duration up to 7d; use a whole number and ms, s, m, h or d, such as 5m', {
      field: concat(field, `[${index}]`),
      value: shown(value[index]),
    });
}
