import type { AppConfig } from '../config/app-config.js';

const DAY_MS = 86_400_000;

/** The event types of a period. */
export type PeriodTypes = { only: readonly string[] } | { except: readonly string[] } | 'all';

/** A retention, and the event types that it applies to. */
export interface Period {
  days: number;
  types: PeriodTypes;
}

/**
 * The different retentions of event types, the shortest first. The longest one applies to all types: rows that are older have no
 * longer retention.
 */
export function periodsOf({
  retentionDays,
  retentionDaysByEvent: byEvent,
}: Pick<AppConfig, 'retentionDays' | 'retentionDaysByEvent'>): Period[] {
  const named = Object.keys(byEvent).filter((type) => byEvent[type] !== retentionDays);
  const lengths = [...new Set([retentionDays, ...named.map((type) => byEvent[type] ?? retentionDays)])];
  const periods = lengths
    .sort((one, other) => one - other)
    .map((days): Period => {
      const only = named.filter((type) => byEvent[type] === days);
      return { days, types: days === retentionDays ? { except: named } : { only } };
    });
  return periods.map((period, at) => (at === periods.length - 1 ? { ...period, types: 'all' } : period));
}

/** The time before which rows are older than a number of days. */
export function daysBefore(now: number, days: number): Date {
  return new Date(now - days * DAY_MS);
}
