/** A webhook is gone from the database: nothing more may be sent to it. Emitted, and awaited, before DELETE is answered. */
export class WebhookDeletedEvent {
  static readonly eventName = 'webhook.deleted';

  constructor(readonly webhookUuid: string) {}
}
