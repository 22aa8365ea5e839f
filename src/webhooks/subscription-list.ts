import { applyDecorators } from '@nestjs/common';
import type { ApiProperty } from '@nestjs/swagger';
import { eventNamesOf } from '../common/event-names.js';
import { ListOf } from '../common/validation.js';
import { SUBSCRIPTION_ENUM } from './documented-types.js';
import { proposalsFor } from './event-patterns.js';
import { text } from '../translations/phrase.js';

/**
 * Declares a field of a request that has event types and patterns, at least one: its rule and its schema.
 *
 * @param decorate `ApiProperty` or `ApiPropertyOptional`
 * @param options the rest of the schema
 */
export function SubscriptionList(decorate: typeof ApiProperty, options: object = {}): PropertyDecorator {
  const schema = { ...SUBSCRIPTION_ENUM, isArray: true, minItems: 1, uniqueItems: true, ...options };
  return applyDecorators(
    ListOf(
      (object) => eventNamesOf(object).subscribable,
      { what: text('an event type'), noun: text('event type') },
      proposalsFor,
    ),
    decorate(schema),
  );
}
