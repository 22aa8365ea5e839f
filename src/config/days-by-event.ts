import { choices } from '../common/validation-error.js';
import { Check } from './environment-rules.js';
import { splitList } from './split-list.js';

/** The longest retention, in days. */
export const MAX_RETENTION_DAYS = 3_650;

const ENTRY = /^(?<type>[^\s=]+)=(?<days>[1-9]\d{0,3})$/;

/**
 * Reads the retention of event types, such as `extraction.failed=90,extraction.completed=7`.
 *
 * @returns days by event type. Undefined if the text is malformed, names a type twice, or days are not in the range
 */
export function parseDaysByEvent(text: string): Record<string, number> | undefined {
  const days: Record<string, number> = {};
  for (const part of splitList(text)) {
    const { type, days: number } = ENTRY.exec(part)?.groups ?? {};
    if (type === undefined || Object.hasOwn(days, type) || Number(number) > MAX_RETENTION_DAYS) return undefined;
    days[type] = Number(number);
  }
  return days;
}

export function IsDaysByEvent(): PropertyDecorator {
  return Check(
    `must be different event types, each with days from 1 to ${MAX_RETENTION_DAYS}, separated by commas, such as ` +
      'extraction.failed=90,extraction.completed=7',
    (text) => parseDaysByEvent(text) !== undefined,
  );
}

/**
 * @param types the event types of the application. Undefined: they are not known
 * @returns one sentence per unknown type
 */
export function unknownTypes(text: string, types: readonly string[] | undefined): string[] {
  return Object.keys(parseDaysByEvent(text) ?? {}).flatMap((type) =>
    types === undefined || types.includes(type)
      ? []
      : `RETENTION_DAYS_BY_EVENT: ${JSON.stringify(type)} is not an event type; use ${String(choices(types, type))}`,
  );
}
