import { HttpException } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { DomainError } from '../common/domain-error.js';

const DEFAULT_MAX_ACTIVE = 10;

/** Webhooks of any state that a user may have (the API's contract): bounds the list, which has no pages. */
export const MAX_WEBHOOKS = 100;

/** Decides how many active webhooks a user may have, for example by the user's plan. Extend it to use another rule. */
export abstract class WebhookLimit {
  /**
   * Called before a webhook is created or activated, possibly more than once for a request. No database transaction is open
   * meanwhile.
   *
   * @returns a whole number from 0. More than 100 means 100, the limit of webhooks of any state
   * @throws DomainError or HttpException to answer the request with it. After any other error, and any other number, nothing
   *   is created or activated, and the request is answered with `INTERNAL_ERROR`
   */
  abstract maxActive(caller: Caller): number | Promise<number>;
}

/** The same limit for all users. */
export class FixedWebhookLimit extends WebhookLimit {
  constructor(private readonly max = DEFAULT_MAX_ACTIVE) {
    super();
  }

  override maxActive(_caller: Caller): number | Promise<number> {
    return this.max;
  }
}

/** The limit of a caller, from 0 to {@link MAX_WEBHOOKS}. */
export async function maxActiveOf(limit: WebhookLimit, caller: Caller): Promise<number> {
  try {
    const max = await limit.maxActive(caller);
    if (typeof max === 'number' && max >= MAX_WEBHOOKS) return MAX_WEBHOOKS;
    if (Number.isInteger(max) && max >= 0) return max;
    throw new RangeError(`The webhook limit gave ${String(max)} instead of a whole number from 0`);
  } catch (cause) {
    if (cause instanceof DomainError || cause instanceof HttpException) throw cause;
    // Without a code of ours, a lost connection of the host would be taken for one to the database.
    throw new DomainError('INTERNAL_ERROR', 'Something went wrong on our side.', { cause });
  }
}

/** How many webhooks a user has. */
export interface WebhookCounts {
  active: number;
  all: number;
}

/**
 * Refuses one more active webhook that would exceed a limit. Deleting one helps against both limits, pausing one against that
 * of active ones.
 *
 * @throws DomainError `MAX_WEBHOOKS_REACHED`
 */
export function checkLimits({ active, all }: WebhookCounts, maxActive: number): void {
  if (all >= MAX_WEBHOOKS) {
    throw new DomainError(
      'MAX_WEBHOOKS_REACHED',
      `You have ${MAX_WEBHOOKS} webhooks, active and inactive together, the most there can be. Delete one first.`,
      { hint: (root) => `GET ${root}/webhooks?active=false lists inactive ones.` },
    );
  }
  checkActiveLimit(active, maxActive);
}

/**
 * @param active how many the user has besides the one that is to become active
 * @throws DomainError `MAX_WEBHOOKS_REACHED`
 */
export function checkActiveLimit(active: number, maxActive: number): void {
  if (active < maxActive) return;
  throw new DomainError('MAX_WEBHOOKS_REACHED', activeLimitMessage(active, maxActive));
}

function activeLimitMessage(active: number, maxActive: number): string {
  if (maxActive === 0) return 'You may have no active webhook.';
  const webhooks = active === 1 ? 'webhook' : 'webhooks';
  if (active === maxActive) {
    return `You have ${active} active ${webhooks}, the most there can be. Delete one before you create another.`;
  }
  return `You have ${active} active ${webhooks}, and ${maxActive} may be active. Delete ${active - maxActive + 1} before you create another.`;
}
