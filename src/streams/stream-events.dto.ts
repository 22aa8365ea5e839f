import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { parseExact } from '../common/exact-number.js';
import { ruleBy } from '../common/rules.js';
import { MayBeAbsent, Timestamp } from '../common/validation.js';
import { SubscriptionList } from '../webhooks/subscription-list.js';
import { faultOfFilter, type WebhookFilter } from '../webhooks/filter.js';
import { text } from '../translations/phrase.js';

/** Declares a filter in a query: JSON text. A value that is no JSON stays a text, which is no filter. */
function FilterQuery(): PropertyDecorator {
  return applyDecorators(
    MayBeAbsent(),
    // As `AsGiven` does: class-transformer must not visit the members of the filter.
    Type(() => Boolean),
    Transform(({ obj, key }: { obj: Record<string, unknown>; key: string }) => parsedOrGiven(obj[key])),
    ruleBy('filter', (value) =>
      typeof value === 'string'
        ? { right: text('the JSON text of a filter, such as {"data.pages":{"$gte":100}}, encoded for a URL') }
        : faultOfFilter(value),
    ),
    ApiPropertyOptional({ type: String }),
  );
}

function parsedOrGiven(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return parseExact(value);
  } catch {
    return value;
  }
}

/** The events that a stream selects, and its beginning. */
export class StreamEventsDto {
  /**
   * Only events of these types: names, `*`, or patterns such as `extraction.*`, with commas between them. Default: `*`, which
   * are all types except those of operational events.
   */
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value))
  @MayBeAbsent()
  @SubscriptionList(ApiPropertyOptional, { style: 'form', explode: false })
  events?: string[];

  /** Only events that match this filter: JSON text in the form of the field `filter` of a webhook, such as `{"data.pages":{"$gte":100}}`. */
  @FilterQuery()
  filter?: WebhookFilter;

  /**
   * Begins with the stored events that were accepted at this time or later (ISO 8601). Events are stored until their retention
   * ends. Default: only new events. `Last-Event-ID` has precedence.
   */
  @MayBeAbsent()
  @Timestamp()
  @ApiPropertyOptional({ format: 'date-time' })
  since?: string;
}
