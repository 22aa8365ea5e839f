import type { Webhook } from '../generated/prisma/client.js';
import { DomainError } from '../common/domain-error.js';
import { filterColumns, type FilterColumns } from './webhook-filter.js';
import type { AuthColumns } from './sealed-auth.js';
import type { HeaderColumns } from './sealed-headers.js';
import { HEALTHY } from './webhook-health.js';
import { NO_METADATA, type WebhookMetadata } from './webhook-metadata.js';
import { MIN_TIMEOUT_MS } from './webhook-timing.js';
import { rateLimitColumns, type RateLimitColumns } from './webhook-rate-limit.js';
import type { WebhookOrdering } from './webhook-ordering.js';
import type { UpdateWebhookDto } from './webhooks.dto.js';
import { wholeNumber } from '../common/validation.js';
import { text } from '../translations/phrase.js';

/** The optional fields of a webhook, except those that the cipher encrypts. */
export type WebhookSettings = Omit<UpdateWebhookDto, 'url' | 'events' | 'active' | 'headers' | 'auth' | 'signature'>;

/** Columns of optional fields. Metadata without keys is stored as NULL. */
export interface SettingColumns
  extends Partial<FilterColumns>, Partial<HeaderColumns>, Partial<AuthColumns>, Partial<RateLimitColumns> {
  description?: string | null;
  metadata?: WebhookMetadata;
  timeoutMs?: number | null;
  retrySchedule?: string[];
  ordering?: WebhookOrdering;
}

/** The columns of valid fields. Fields that are left out have none. */
export function settingColumns(settings: WebhookSettings): SettingColumns {
  const { description, metadata, filter, timeoutMs, retrySchedule, ordering, rateLimit } = settings;
  return {
    ...(description === undefined ? {} : { description }),
    ...(metadata === undefined ? {} : { metadata: metadata ?? NO_METADATA }),
    ...(filter === undefined ? {} : filterColumns(filter)),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(retrySchedule === undefined ? {} : { retrySchedule: retrySchedule ?? [] }),
    ...(ordering === undefined ? {} : { ordering }),
    ...(rateLimit === undefined ? {} : rateLimitColumns(rateLimit)),
  };
}

/**
 * Refuses a time limit above that of the service.
 *
 * @throws DomainError `VALIDATION_ERROR`
 */
export function checkTimeout({ timeoutMs }: WebhookSettings, longestMs: number): void {
  if (timeoutMs === undefined || timeoutMs === null || timeoutMs <= longestMs) return;
  const right = longestMs < MIN_TIMEOUT_MS ? 'null' : wholeNumber(MIN_TIMEOUT_MS, longestMs);
  throw new DomainError(
    'VALIDATION_ERROR',
    text('{{field}} must be {{right}}, not {{value}}', { field: 'timeoutMs', right, value: timeoutMs }),
  );
}

/** The further columns that change when `active` changes. */
export function activityOf(before: Webhook, active: boolean | undefined, disabledReason: string) {
  if (active === undefined || active === before.active) return {};
  return active ? { active, ...HEALTHY } : { active, disabledReason, disabledAt: new Date() };
}
