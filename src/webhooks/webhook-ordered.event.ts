/** The ordering of a webhook was turned on. PATCH awaits the listeners before it responds. */
export class WebhookOrderedEvent {
  static readonly eventName = 'webhook.ordered';

  constructor(readonly webhookUuid: string) {}
}
