import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';
import { exactJson, parseExact } from '../common/exact-number.js';
import { ruleBy } from '../common/rules.js';
import { AsGiven } from '../common/validation.js';
import { faultOfFilter, type WebhookFilter } from './filter.js';
import { jsonpathOf } from './filter-jsonpath.js';

/** The schema of filters in the OpenAPI document. */
export const FILTER_SCHEMA = {
  type: 'object' as const,
  minProperties: 1,
  additionalProperties: true,
  nullable: true,
  example: { 'data.pages': { $gte: 100 } },
};

/** Declares a field of a request that has a filter or null: its rule and its schema. */
export function FilterField(): PropertyDecorator {
  return applyDecorators(
    ValidateIf((_object, value) => value !== undefined && value !== null),
    AsGiven(),
    ruleBy('filter', faultOfFilter),
    ApiPropertyOptional(FILTER_SCHEMA),
  );
}

/** The columns of a filter: its JSON text, and the path that PostgreSQL evaluates. */
export interface FilterColumns {
  filter: string | null;
  filterPath: string | null;
}

/** @param filter a valid filter. Null: every event matches */
export function filterColumns(filter: WebhookFilter | null): FilterColumns {
  if (filter === null) return { filter: null, filterPath: null };
  return { filter: exactJson(filter), filterPath: jsonpathOf(filter) };
}

/** The filter in a stored JSON text. */
export function filterOf(text: string | null): WebhookFilter | null {
  return text === null ? null : (parseExact(text) as WebhookFilter);
}
