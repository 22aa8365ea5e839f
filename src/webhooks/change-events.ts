import { isDeepStrictEqual } from 'node:util';
import type { Caller } from '../auth/caller.js';
import type { Webhook } from '../generated/prisma/client.js';
import { WebhookDisabled, WebhookEnabled, WebhookUpdated, type LifeCycleEvent } from './life-cycle.events.js';
import { toWebhookDto } from './to-webhook-dto.js';
import { filterOf } from './webhook-filter.js';
import type { WebhookDto } from './webhook.dto.js';
import type { Change } from './webhooks.repository.js';

/** The events of one change, for listeners of the application. */
export function changeEvents({ before, after }: Change, caller: Caller): LifeCycleEvent[] {
  const shown = [snapshotOf(after), caller, snapshotOf(before)] as const;
  const events: LifeCycleEvent[] = [];
  if (!isDeepStrictEqual(settingsOf(before), settingsOf(after))) events.push(new WebhookUpdated(...shown));
  if (before.active && !after.active) events.push(new WebhookDisabled(...shown, after.disabledReason ?? ''));
  if (!before.active && after.active) events.push(new WebhookEnabled(...shown));
  return events;
}

function settingsOf(webhook: Webhook) {
  const { url, events, description, metadata, filter, headers, timeoutMs, retrySchedule } = webhook;
  const { ordering, rateLimitRequests, rateLimitPer, auth } = webhook;
  const optional = { metadata, filter, headers, timeoutMs, retrySchedule, ordering, rateLimitRequests, rateLimitPer };
  return { url, events, description, auth, ...optional };
}

/** A copy for listeners, because they may keep or change it. */
export function snapshotOf(webhook: Webhook): WebhookDto {
  const { filter: _, ...shown } = toWebhookDto(webhook);
  // A structured clone would lose the class of exact numbers.
  return { ...structuredClone(shown), filter: filterOf(webhook.filter) };
}
