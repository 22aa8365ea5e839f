import { isDeepStrictEqual } from 'node:util';
import type { Caller } from '../auth/caller.js';
import type { Webhook } from '../generated/prisma/client.js';
import { WebhookDisabled, WebhookEnabled, WebhookUpdated, type LifeCycleEvent } from './life-cycle.events.js';
import { toWebhookDto } from './to-webhook-dto.js';
import type { WebhookDto } from './webhooks.dto.js';
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
  const { url, events, description, metadata, ordering, rateLimitRequests, rateLimitPer } = webhook;
  return { url, events, description, metadata, ordering, rateLimitRequests, rateLimitPer };
}

/** A copy for listeners, because they may keep or change it. */
export function snapshotOf(webhook: Webhook): WebhookDto {
  return structuredClone(toWebhookDto(webhook));
}
