/** A webhook's URL, secret or activity changed, or it was paused. The leases of its buffered deliveries are released. */
export class WebhookChangedEvent {
  static readonly eventName = 'webhook.changed';

  constructor(readonly webhookUuid: string) {}
}

/** The PostgreSQL channel that notifies every process of a changed, paused, disabled or deleted webhook. The payload is its uuid. */
export const WEBHOOK_CHANGED_CHANNEL = 'webhook_changed';
