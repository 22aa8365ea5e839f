import type { PublishableEvent } from '../webhooks/event-type.js';

/** What a producer says of an extraction. */
export interface ExtractionEventInput {
  /** Whose extraction it is: this user's webhooks are told. 1 to 128 visible ASCII characters. */
  userId: string;
  /** 1 to 128 visible ASCII characters; becomes `data.id` of what receivers get. */
  extractionId: string;
  /** What receivers get in `data` beside the id: anything JSON can say, up to 256 KiB. */
  data: Record<string, unknown>;
  /** When it happened; now when left out. */
  occurredAt?: Date;
}

/** An extraction event; emit one of its subclasses. */
export abstract class ExtractionEvent implements PublishableEvent {
  abstract readonly event: string;
  readonly userId: string;
  readonly extractionId: string;
  readonly data: Record<string, unknown>;
  readonly occurredAt: Date;

  constructor({ userId, extractionId, data, occurredAt = new Date() }: ExtractionEventInput) {
    this.userId = userId;
    this.extractionId = extractionId;
    this.data = data;
    this.occurredAt = occurredAt;
  }
}

/**
 * An extraction has its result. `await emitter.emitAsync(ExtractionCompletedEvent.eventName, new ExtractionCompletedEvent(…))`
 * resolves when the event is committed, and rejects when it is not.
 */
export class ExtractionCompletedEvent extends ExtractionEvent {
  static readonly eventName = 'extraction.completed';
  readonly event = ExtractionCompletedEvent.eventName;
}

/** An extraction has failed; see {@link ExtractionCompletedEvent} for how to emit it. */
export class ExtractionFailedEvent extends ExtractionEvent {
  static readonly eventName = 'extraction.failed';
  readonly event = ExtractionFailedEvent.eventName;
}
