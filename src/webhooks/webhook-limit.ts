import { DomainError } from '../common/domain-error.js';

/** Active webhooks that a user may have (the API's contract). */
export const MAX_ACTIVE_WEBHOOKS = 10;

/** Webhooks of any state that a user may have (the API's contract): bounds the list, which has no pages. */
export const MAX_WEBHOOKS = 100;

/** The limit that a change would exceed: of active webhooks, or of all. */
export type WebhookLimit = 'active' | 'all';

/** How many webhooks a user has. */
export interface WebhookCounts {
  active: number;
  all: number;
}

/** The limit that one more active webhook would exceed. Deleting one helps against both, pausing one against the first. */
export function limitReachedBy({ active, all }: WebhookCounts): WebhookLimit | undefined {
  if (all >= MAX_WEBHOOKS) return 'all';
  return active >= MAX_ACTIVE_WEBHOOKS ? 'active' : undefined;
}

export function webhookLimitReached(limit: WebhookLimit): DomainError {
  return new DomainError(
    'MAX_WEBHOOKS_REACHED',
    limit === 'active'
      ? `You have ${MAX_ACTIVE_WEBHOOKS} active webhooks, the most there can be. Delete one before you create another.`
      : `You have ${MAX_WEBHOOKS} webhooks, active and inactive together, the most there can be. Delete one first; GET /v1/webhooks?active=false lists inactive ones.`,
  );
}
