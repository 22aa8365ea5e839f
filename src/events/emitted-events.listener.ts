import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { EventEmitter2 } from '@nestjs/event-emitter';
import type { HostEmitters } from '../runtime/host-emitters.js';
import type { AcceptedEventDto } from './events.dto.js';
import type { EventsService } from './events.service.js';
import type { PublishableEvent } from '../webhooks/event-type.js';
import type { EventTypes } from '../webhooks/event-types.js';

/** The emitter's type for a listener, which has no result. `emitAsync` waits for the promise that these listeners return. */
type Listener = (event: PublishableEvent) => void;

/**
 * Accepts the events that other modules emit, on any event emitter of the application.
 *
 * The listener does not use `@OnEvent`, for two reasons:
 *
 * - `@OnEvent` listeners exist only after the application's bootstrap. An earlier event would be lost without an error.
 * - `await emitAsync` needs listeners that reject. A listener of `@OnEvent` that rejects ends the process after a plain `emit`.
 */
@Injectable()
export class EmittedEventsListener implements OnApplicationShutdown {
  private readonly logger = new Logger(EmittedEventsListener.name);
  private readonly emitters: EventEmitter2[] = [];
  /** By event name. */
  private readonly listeners = new Map<string, Listener>();

  private constructor(
    private readonly events: EventsService,
    { published }: EventTypes,
  ) {
    for (const eventName of published) {
      this.listeners.set(eventName, this.accept.bind(this, eventName) as Listener);
    }
  }

  /** Resolves when the listener is attached to every emitter that can exist at this time. */
  static async create(
    events: EventsService,
    types: EventTypes,
    emitters: HostEmitters,
  ): Promise<EmittedEventsListener> {
    const listener = new EmittedEventsListener(events, types);
    await emitters.forEach((emitter) => listener.attach(emitter));
    return listener;
  }

  /**
   * Makes later events reject. At shutdown, Nest removes all listeners from the emitter. `emitAsync` without listeners
   * resolves, as if the event were accepted. The listener of every name that is added here rejects instead.
   */
  onApplicationShutdown(): void {
    for (const emitter of this.emitters) {
      emitter.onAny(((eventName: string, event: PublishableEvent) => this.refuse(emitter, eventName, event)) as (
        eventName: string | string[],
        event: PublishableEvent,
      ) => void);
    }
  }

  private attach(emitter: EventEmitter2): void {
    this.emitters.push(emitter);
    for (const [eventName, listener] of this.listeners) emitter.on(eventName, listener);
  }

  private accept(eventName: string, event: PublishableEvent): Promise<AcceptedEventDto> {
    // A producer may emit a plain object. The emitted name decides the type, whatever the object says.
    return this.logged(eventName, event, this.events.publish({ ...event, event: eventName }));
  }

  /** Rejects. If Nest has not removed the listener of the name yet, that listener accepts the event instead. */
  private refuse(emitter: EventEmitter2, eventName: string, event: PublishableEvent): Promise<never> | undefined {
    const listener = this.listeners.get(eventName);
    if (!listener || emitter.listeners(eventName).includes(listener)) return undefined;
    return this.logged(eventName, event, Promise.reject(new Error('the application has ended')));
  }

  /** Logs a rejection, because a producer that uses `emit` gets no promise. */
  private logged<Accepted>(eventName: string, event: PublishableEvent, accepted: Promise<Accepted>): Promise<Accepted> {
    accepted.catch((error: Error) => {
      const subject = event?.extractionId === undefined ? '' : ` of extraction ${event.extractionId}`;
      this.logger.error(`${eventName}${subject} was not accepted: ${error.message}`);
    });
    return accepted;
  }
}
