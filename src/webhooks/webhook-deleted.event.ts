/** A webhook was deleted: nothing more may be sent to it. DELETE awaits the listeners before it responds. */
export class WebhookDeletedEvent {
  static readonly eventName = 'webhook.deleted';

  constructor(readonly webhookUuid: string) {}
}
