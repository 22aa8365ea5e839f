/**
 * A webhook was invalidated: any of its fields changed, its secret was rotated, or it was paused, disabled or deleted. Leased
 * deliveries of it may be out of date: the dispatcher releases those that are buffered. A cancelled backlog uses the same
 * notification, because its buffered deliveries must not be sent.
 */
export class WebhookInvalidatedEvent {
  static readonly eventName = 'webhook.invalidated';

  constructor(readonly webhookUuid: string) {}
}

/**
 * The PostgreSQL channel that notifies every process of an invalidated webhook. The payload is its uuid. The name of the channel is
 * older than the word "invalidated". It stays, because processes of two releases notify each other during an upgrade.
 */
export const WEBHOOK_INVALIDATED_CHANNEL = 'webhook_changed';
