/** A webhook gets the events of an extraction in order from now on. PATCH awaits the listeners before it responds. */
export class OrderingEnabledEvent {
  static readonly eventName = 'ordering.enabled';

  constructor(readonly webhookUuid: string) {}
}
