/**
 * A webhook was invalidated: its URL, secret or activity changed, or it was paused. Leased deliveries of it may be out of date:
 * the dispatcher releases those that are buffered.
 */
export class WebhookInvalidatedEvent {
  static readonly eventName = 'webhook.invalidated';

  constructor(readonly webhookUuid: string) {}
}

/**
 * The PostgreSQL channel that notifies every process of an invalidated webhook: changed, paused, disabled or deleted. The payload
 * is its uuid. Processes of earlier releases listen to this name, too.
 */
export const WEBHOOK_INVALIDATED_CHANNEL = 'webhook_changed';
