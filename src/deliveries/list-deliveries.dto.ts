import { ApiPropertyOptional } from '@nestjs/swagger';
import { DEFAULT_PAGE_SIZE } from '../common/cursor.js';
import { eventNamesOf } from '../common/event-names.js';
import {
  ExternalId,
  CursorQuery,
  GivenOnce,
  IntegerQuery,
  MayBeAbsent,
  OneOf,
  Timestamp,
} from '../common/validation.js';
import { shown } from '../common/validation-error.js';
import { ERROR_CLASSES, type ErrorClass } from '../queue/outcome-class.js';
import { DOCUMENTED } from '../webhooks/documented-types.js';
import { STATUSES, TRIGGERS } from './deliveries.dto.js';
import { ruleBy } from '../common/rules.js';
import { text } from '../translations/phrase.js';

/** The filter for records without a response. */
export const NO_HTTP_STATUS = 'none';
const HTTP_STATUS_FILTER = /^(?:[1-9]\d\d|[1-9]xx|none)$/;

function HttpStatusFilter(): PropertyDecorator {
  return ruleBy('httpStatus', (value) =>
    typeof value === 'string' && HTTP_STATUS_FILTER.test(value)
      ? undefined
      : (field) =>
          text(
            '{{field}}: {{value}} is not a filter of statuses; use a status such as 500, a class such as 5xx, or {{none}}',
            { field, value: shown(value), none: NO_HTTP_STATUS },
          ),
  );
}

/** Filters of the log. */
export class ListDeliveriesDto {
  /** The user whose log to list. Default: the caller. Another user needs a key with the scope `admin`. */
  @MayBeAbsent()
  @ExternalId(undefined, ApiPropertyOptional)
  userId?: string;

  /** Only records of this webhook. */
  @MayBeAbsent()
  @GivenOnce()
  @ApiPropertyOptional()
  webhookId?: string;

  /** The most records in the response. */
  @IntegerQuery(1, 100, DEFAULT_PAGE_SIZE)
  limit?: number;

  /** Only records with this status. */
  @MayBeAbsent()
  @OneOf(STATUSES, text('a status'))
  @ApiPropertyOptional({ enum: STATUSES, enumName: 'DeliveryStatus' })
  status?: (typeof STATUSES)[number];

  /** Only records of this event type. */
  @MayBeAbsent()
  @OneOf((object) => eventNamesOf(object).logged, text('an event type'))
  @ApiPropertyOptional({ enum: DOCUMENTED.logged, enumName: 'DeliveredEventType' })
  event?: string;

  /** Only records of this extraction. */
  @MayBeAbsent()
  @ExternalId(undefined, ApiPropertyOptional)
  extractionId?: string;

  /** Only records of this delivery: its `deliveryId`, which receivers get as `webhook-id`. Unknown ids have no records. */
  @MayBeAbsent()
  @GivenOnce()
  @ApiPropertyOptional()
  deliveryId?: string;

  /** Only records with this HTTP status: one status (`500`), a class of them (`5xx`), or `none` for records without a response. */
  @MayBeAbsent()
  @HttpStatusFilter()
  @ApiPropertyOptional({ pattern: HTTP_STATUS_FILTER.source })
  httpStatus?: string;

  /** Only records with this cause. */
  @MayBeAbsent()
  @OneOf(TRIGGERS, text('a trigger'))
  @ApiPropertyOptional({ enum: TRIGGERS, enumName: 'DeliveryTrigger' })
  trigger?: (typeof TRIGGERS)[number];

  /**
   * Only records that failed for this reason. `response`: the receiver answered, but not with a 2xx status, or not with valid
   * HTTP. `refused-target`: the address is not allowed. `proxy`: the delivery proxy of the service made no connection to the
   * receiver. Records of versions before this filter have no class.
   */
  @MayBeAbsent()
  @OneOf(ERROR_CLASSES, text('a class of errors'))
  @ApiPropertyOptional({ enum: ERROR_CLASSES, enumName: 'DeliveryErrorClass' })
  errorClass?: ErrorClass;

  /** Only attempts made at this time or later (ISO 8601). */
  @MayBeAbsent()
  @Timestamp()
  @ApiPropertyOptional({ format: 'date-time' })
  since?: string;

  /** Only attempts made before this time (ISO 8601). */
  @MayBeAbsent()
  @Timestamp()
  @ApiPropertyOptional({ format: 'date-time' })
  until?: string;

  @CursorQuery()
  cursor?: string;
}
