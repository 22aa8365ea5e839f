/**
 * A webhook is being deleted: it is no longer in the database, and nothing more may be sent to it. DELETE awaits the listeners
 * before it responds. `WebhookDeleted` tells the application.
 */
export class WebhookDeletingEvent {
  static readonly eventName = 'webhook.deleting';

  constructor(readonly webhookUuid: string) {}
}
