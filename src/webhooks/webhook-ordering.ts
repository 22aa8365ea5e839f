import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { MayBeAbsent, OneOf } from '../common/validation.js';
import { text } from '../translations/phrase.js';

/** The orders in which a webhook can get its events. */
export const ORDERINGS = ['none', 'extraction'] as const;
export type WebhookOrdering = (typeof ORDERINGS)[number];

/** Declares a field of a request that has an ordering: its rule and its schema. */
export function OrderingField() {
  return applyDecorators(
    MayBeAbsent(),
    OneOf(ORDERINGS, text('an ordering')),
    ApiPropertyOptional({ enum: ORDERINGS, example: 'extraction' }),
  );
}
