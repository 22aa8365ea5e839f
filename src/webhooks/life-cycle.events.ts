import type { Caller } from '../auth/caller.js';
import type { WebhookDto } from './webhooks.dto.js';

/** Who changed a webhook: the caller, or `system` if the service did it on its own. */
export type Actor = Caller | 'system';

/** A webhook was created. */
export class WebhookCreated {
  static readonly eventName = 'docmap.webhook.created';

  constructor(
    readonly webhook: WebhookDto,
    readonly actor: Actor,
  ) {}
}

/**
 * The URL, the event types, the description or the metadata of a webhook changed. A change that also pauses or activates the
 * webhook emits {@link WebhookDisabled} or {@link WebhookEnabled} next; one that only does so emits no `WebhookUpdated`, and
 * one that leaves everything as it was emits nothing.
 */
export class WebhookUpdated {
  static readonly eventName = 'docmap.webhook.updated';

  constructor(
    readonly webhook: WebhookDto,
    readonly actor: Actor,
    readonly before: WebhookDto,
  ) {}
}

/**
 * An active webhook became inactive: its owner paused it, its endpoint answered 410, or it failed for five days. The actor is
 * `system` unless it was the owner.
 */
export class WebhookDisabled {
  static readonly eventName = 'docmap.webhook.disabled';

  constructor(
    readonly webhook: WebhookDto,
    readonly actor: Actor,
    readonly before: WebhookDto,
    /** The `disabledReason` of the webhook, a sentence for people. */
    readonly reason: string,
  ) {}
}

/** An inactive webhook became active. */
export class WebhookEnabled {
  static readonly eventName = 'docmap.webhook.enabled';

  constructor(
    readonly webhook: WebhookDto,
    readonly actor: Actor,
    readonly before: WebhookDto,
  ) {}
}

/** A webhook has a new signing secret, which the event does not contain. */
export class SecretRotated {
  static readonly eventName = 'docmap.webhook.secret-rotated';

  constructor(
    readonly webhook: WebhookDto,
    readonly actor: Actor,
    readonly before: WebhookDto,
  ) {}
}

/** A webhook was deleted. */
export class WebhookDeleted {
  static readonly eventName = 'docmap.webhook.deleted';

  constructor(
    /** As it was at last. */
    readonly webhook: WebhookDto,
    readonly actor: Actor,
  ) {}
}

/**
 * The events of the life cycle of webhooks. The process that made a change emits them after the commit, on the emitter of the
 * application that this package is part of. Webhooks have the form of the API's answers and are copies: a listener can't
 * change an answer.
 */
export const LIFE_CYCLE_EVENTS = [
  WebhookCreated,
  WebhookUpdated,
  WebhookDisabled,
  WebhookEnabled,
  SecretRotated,
  WebhookDeleted,
] as const;

export type LifeCycleEvent = InstanceType<(typeof LIFE_CYCLE_EVENTS)[number]>;
