/** A webhook's URL, secret or activity changed: what was claimed for it before must be claimed anew. */
export class WebhookChangedEvent {
  static readonly eventName = 'webhook.changed';

  constructor(readonly webhookUuid: string) {}
}

/** The PostgreSQL channel that tells other processes of a changed or deleted webhook; the payload is its uuid. */
export const WEBHOOK_CHANGED_CHANNEL = 'webhook_changed';
