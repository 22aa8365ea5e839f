import { DomainError } from '../common/domain-error.js';

/** Active webhooks a user may have. */
export const MAX_ACTIVE_WEBHOOKS = 10;

export function webhookLimitReached(): DomainError {
  return new DomainError(
    'MAX_WEBHOOKS_REACHED',
    `You have ${MAX_ACTIVE_WEBHOOKS} active webhooks, the most there can be. Delete one before you create another.`,
  );
}
