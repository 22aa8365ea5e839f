import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { EventEmitter2 } from '@nestjs/event-emitter';
import type { HostEmitters } from '../runtime/host-emitters.js';
import type { AcceptedEventDto } from './events.dto.js';
import type { EventsService } from './events.service.js';
import type { PublishableEvent } from '../webhooks/event-type.js';
import type { EventTypes } from '../webhooks/event-types.js';

/** The emitter says of its listeners that they return nothing; what ours return is what `emitAsync` waits for. */
type Listener = (event: PublishableEvent) => void;

/**
 * Accepts the events that other modules emit, on any event emitter of the application.
 *
 * It does not use `@OnEvent`, for two reasons that cost events. `@OnEvent` listeners exist only after the application's
 * bootstrap, and an event that is emitted earlier would vanish without an error. And a listener of `@OnEvent` that rejects,
 * as `await emitAsync` needs it, ends the process when a producer uses plain `emit`.
 */
@Injectable()
export class EmittedEventsListener implements OnApplicationShutdown {
  private readonly logger = new Logger(EmittedEventsListener.name);
  private readonly emitters: EventEmitter2[] = [];
  /** The listener of each event name. */
  private readonly listeners = new Map<string, Listener>();

  private constructor(
    private readonly events: EventsService,
    { published }: EventTypes,
  ) {
    for (const eventName of published) {
      this.listeners.set(eventName, this.accept.bind(this, eventName) as Listener);
    }
  }

  /** Resolves when it listens to every emitter that can exist by now. */
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
   * When it shuts down, Nest removes all listeners from the emitter, and an `emitAsync` without listeners resolves, as if
   * the event were accepted. A listener of every name is added afterwards, and rejects.
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
    // The emitted name decides the type, also when a producer emits a plain object.
    return this.logged(eventName, event, this.events.publish({ ...event, event: eventName }));
  }

  /** Rejects, unless Nest has not removed the listener yet: then the event is accepted. */
  private refuse(emitter: EventEmitter2, eventName: string, event: PublishableEvent): Promise<never> | undefined {
    const listener = this.listeners.get(eventName);
    if (!listener || emitter.listeners(eventName).includes(listener)) return undefined;
    return this.logged(eventName, event, Promise.reject(new Error('the application has ended')));
  }

  /** Logs a rejection: a producer that uses `emit` has no other place to see it. */
  private logged<Accepted>(eventName: string, event: PublishableEvent, accepted: Promise<Accepted>): Promise<Accepted> {
    accepted.catch((error: Error) => {
      const subject = event?.extractionId === undefined ? '' : ` of extraction ${event.extractionId}`;
      this.logger.error(`${eventName}${subject} was not accepted: ${error.message}`);
    });
    return accepted;
  }
}
