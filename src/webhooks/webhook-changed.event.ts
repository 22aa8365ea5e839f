/** A webhook's URL, secret or activity changed, or it was paused: what was claimed for it before is handed back. */
export class WebhookChangedEvent {
  static readonly eventName = 'webhook.changed';

  constructor(readonly webhookUuid: string) {}
}

/** The PostgreSQL channel that tells every process of a changed, stopped or deleted webhook; the payload is its uuid. */
export const WEBHOOK_CHANGED_CHANNEL = 'webhook_changed';
