import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import type { AcceptedEventDto } from './events.dto.js';
import { EventsService } from './events.service.js';
import { ExtractionCompletedEvent, ExtractionFailedEvent, type ExtractionEvent } from './extraction.events.js';

/** The emitter says of its listeners that they return nothing; what ours return is what `emitAsync` waits for. */
type Listener = (event: ExtractionEvent) => void;

/**
 * Accepts the extraction events that other modules emit.
 *
 * It subscribes by itself instead of through `@OnEvent`, for two reasons that cost events. `@OnEvent` listeners exist
 * only after the application's bootstrap, and what is emitted earlier would vanish without an error. And a listener of
 * `@OnEvent` that lets its errors out, as `await emitAsync` needs it, ends the process when a producer uses plain `emit`.
 */
@Injectable()
export class ExtractionListener implements OnApplicationShutdown {
  private readonly logger = new Logger(ExtractionListener.name);
  /** What listens to each name. */
  private readonly listeners = new Map<string, Listener>();

  constructor(
    private readonly events: EventsService,
    private readonly emitter: EventEmitter2,
  ) {
    for (const { eventName } of [ExtractionCompletedEvent, ExtractionFailedEvent]) {
      const listener = this.accept.bind(this, eventName) as Listener;
      this.listeners.set(eventName, listener);
      emitter.on(eventName, listener);
    }
  }

  /**
   * At its end Nest takes all listeners from the emitter, and an `emitAsync` that nobody hears resolves, as if the event
   * were accepted. What listens to every name stays, and refuses.
   */
  onApplicationShutdown(): void {
    this.emitter.onAny(this.refuse.bind(this) as (eventName: string | string[], event: ExtractionEvent) => void);
  }

  private accept(eventName: string, event: ExtractionEvent): Promise<AcceptedEventDto> {
    // The name it was emitted under says what it is, also when a producer emits a plain object.
    return this.logged(eventName, event, this.events.publish({ ...event, event: eventName } as ExtractionEvent));
  }

  /** Unless it is accepted, which it is as long as Nest has not taken the listener. */
  private refuse(eventName: string, event: ExtractionEvent): Promise<never> | undefined {
    const listener = this.listeners.get(eventName);
    if (!listener || this.emitter.listeners(eventName).includes(listener)) return undefined;
    return this.logged(eventName, event, Promise.reject(new Error('the application has ended')));
  }

  /** Says in the log what came of an event that was not accepted: with `emit` there is no other place. */
  private logged<Accepted>(eventName: string, event: ExtractionEvent, accepted: Promise<Accepted>): Promise<Accepted> {
    accepted.catch((error: Error) => {
      this.logger.error(`${eventName} of extraction ${event?.extractionId} was not accepted: ${error.message}`);
    });
    return accepted;
  }
}
