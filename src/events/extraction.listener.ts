import { Injectable, Logger } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import type { AcceptedEventDto } from './events.dto.js';
import { EventsService } from './events.service.js';
import { ExtractionCompletedEvent, ExtractionFailedEvent, type ExtractionEvent } from './extraction.events.js';

/**
 * Accepts the extraction events that other modules emit.
 *
 * It subscribes by itself instead of through `@OnEvent`, for two reasons that cost events. `@OnEvent` listeners exist
 * only after the application's bootstrap, and what is emitted earlier would vanish without an error. And a listener of
 * `@OnEvent` that lets its errors out, as `await emitAsync` needs it, ends the process when a producer uses plain `emit`.
 */
@Injectable()
export class ExtractionListener {
  private readonly logger = new Logger(ExtractionListener.name);

  constructor(
    private readonly events: EventsService,
    emitter: EventEmitter2,
  ) {
    for (const { eventName } of [ExtractionCompletedEvent, ExtractionFailedEvent]) {
      // The promise is what `emitAsync` waits for.
      emitter.on(eventName, this.accept.bind(this, eventName) as (event: ExtractionEvent) => void);
    }
  }

  private accept(eventName: string, event: ExtractionEvent): Promise<AcceptedEventDto> {
    // The name it was emitted under says what it is, also when a producer emits a plain object.
    const accepted = this.events.publish({ ...event, event: eventName } as ExtractionEvent);
    accepted.catch((error: Error) => {
      this.logger.error(`${eventName} of extraction ${event?.extractionId} was not accepted: ${error.message}`);
    });
    return accepted;
  }
}
