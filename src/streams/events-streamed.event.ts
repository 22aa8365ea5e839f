/** Events were written to streams. For the metrics. */
export class EventsStreamedEvent {
  static readonly eventName = 'events.streamed';

  constructor(readonly count: number) {}
}
