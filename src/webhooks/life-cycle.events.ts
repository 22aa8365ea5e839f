import type { Caller } from '../auth/caller.js';
import type { WebhookDto } from './webhook.dto.js';

/** The actor of a change: the caller, or `system` for a change by the service itself. */
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
 * The URL, the event types, the description or the metadata of a webhook changed.
 *
 * A change may also deactivate or activate the webhook: {@link WebhookDisabled} or {@link WebhookEnabled} follows. A change
 * of the activity alone emits no `WebhookUpdated`. A request that changes nothing emits nothing.
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
 * An active webhook became inactive: its owner or an operator deactivated it, its endpoint answered 410, or it failed for five
 * days. The actor is the owner, the operator or `system`.
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

/** A webhook has a new signing secret, which the event does not contain. With Ed25519 it has a new `publicKey`. */
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
    /** The last state of the webhook. */
    readonly webhook: WebhookDto,
    readonly actor: Actor,
  ) {}
}

/**
 * The events of the life cycle of webhooks. The process that commits a change emits them after the commit, on the event
 * emitters of the application. The webhooks have the form of the API's responses. They are copies: a listener can't change a
 * response.
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
