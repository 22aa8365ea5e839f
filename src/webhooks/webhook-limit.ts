import { HttpException } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { DomainError } from '../common/domain-error.js';
import { text, type Phrase } from '../translations/phrase.js';

/** The active webhooks that a user may have by default. */
const DEFAULT_MAX_ACTIVE = 10;

/** Most webhooks of a user, active and inactive. It bounds the list of webhooks, which has no pages. */
export const MAX_WEBHOOKS = 100;

/** Computes how many active webhooks a user may have. Extend it for a rule of your own, for example by the user's plan. */
export abstract class WebhookLimit {
  /**
   * Called before a webhook is created or activated, possibly more than once per request. This package has no database
   * transaction open during the call.
   *
   * @param caller its `userId` is the owner of the webhook, even if an operator with the scope `admin` activates it
   * @returns a whole number from 0. More than 100 means 100, the limit of webhooks of any state
   * @throws DomainError or HttpException, which becomes the response. After any other error or result, the response is
   *   `INTERNAL_ERROR`. In both cases nothing is created or activated
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
    throw new RangeError(`maxActive returned ${String(max)} instead of a whole number from 0`);
  } catch (cause) {
    if (cause instanceof DomainError || cause instanceof HttpException) throw cause;
    // Without this wrapper, a network error of the host would count as an unavailable database.
    throw new DomainError('INTERNAL_ERROR', 'Something went wrong on our side.', { cause });
  }
}

/** The number of webhooks that a user has. */
export interface WebhookCounts {
  active: number;
  all: number;
}

/**
 * Refuses one more active webhook if it would exceed a limit. To delete a webhook helps against both limits. To deactivate
 * one helps only against the limit of active webhooks.
 *
 * @throws DomainError `MAX_WEBHOOKS_REACHED`
 */
export function checkLimits({ active, all }: WebhookCounts, maxActive: number): void {
  if (all >= MAX_WEBHOOKS) {
    throw new DomainError(
      'MAX_WEBHOOKS_REACHED',
      text('You have {{max}} webhooks, active and inactive, which is the limit. Delete one first.', {
        max: MAX_WEBHOOKS,
      }),
      { hint: (root) => text('GET {{root}}/webhooks?active=false lists inactive ones.', { root }) },
    );
  }
  checkActiveLimit(active, maxActive);
}

/**
 * @param active the number of active webhooks before the change
 * @param owner the owner of the webhooks, if another user makes the change. The message names the owner
 * @throws DomainError `MAX_WEBHOOKS_REACHED`
 */
export function checkActiveLimit(active: number, maxActive: number, owner?: string): void {
  if (active < maxActive) return;
  throw new DomainError('MAX_WEBHOOKS_REACHED', activeLimitMessage(active, maxActive, owner));
}

function activeLimitMessage(active: number, maxActive: number, owner: string | undefined): Phrase {
  if (maxActive === 0) {
    if (owner === undefined) return text('You may have no active webhook.');
    return text('{{owner}} may have no active webhook.', { owner });
  }
  const has = activeWebhooks(active, owner);
  if (active === maxActive) {
    return text('{{has}}, which is the limit. Delete one before you create another.', { has });
  }
  const surplus = active - maxActive + 1;
  return text('{{has}}, and {{maxActive}} may be active. Delete {{surplus}} before you create another.', {
    has,
    maxActive,
    surplus,
  });
}

function activeWebhooks(active: number, owner: string | undefined): Phrase {
  if (owner === undefined) {
    return active === 1 ? text('You have 1 active webhook') : text('You have {{active}} active webhooks', { active });
  }
  return active === 1
    ? text('{{owner}} has 1 active webhook', { owner })
    : text('{{owner}} has {{active}} active webhooks', { owner, active });
}
