import type { PublishableEvent } from '../webhooks/event-type.js';

/** The fields of an extraction event. */
export interface ExtractionEventInput {
  /** The user who owns the extraction. This user's webhooks get the event. 1 to 128 visible ASCII characters. */
  userId: string;
  /** The id of the extraction. Receivers get it as `data.id`. 1 to 128 visible ASCII characters. */
  extractionId: string;
  /** The data that receivers get in `data`, after the id: any object that JSON can express. The payload has at most 256 KiB. */
  data: Record<string, unknown>;
  /** The time when the event happened. Default: now. */
  occurredAt?: Date;
}

/** The base class of extraction events. Emit one of its subclasses. */
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
 * An extraction has completed.
 *
 * `await emitter.emitAsync(ExtractionCompletedEvent.eventName, new ExtractionCompletedEvent(…))` resolves after the event is
 * committed. It rejects if the event is not accepted.
 */
export class ExtractionCompletedEvent extends ExtractionEvent {
  static readonly eventName = 'extraction.completed';
  readonly event = ExtractionCompletedEvent.eventName;
}

/** An extraction has failed. Emit it as {@link ExtractionCompletedEvent}. */
export class ExtractionFailedEvent extends ExtractionEvent {
  static readonly eventName = 'extraction.failed';
  readonly event = ExtractionFailedEvent.eventName;
}
