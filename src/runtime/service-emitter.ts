import { Injectable, Logger } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';

/** A class of in-process events. */
interface EventClass<Event> {
  readonly eventName: string;
  new (...args: never[]): Event;
}

/**
 * Carries the events between the modules of this package.
 *
 * A host application has an emitter of its own, and may end it at any time: `EventEmitterModule` removes all listeners when
 * the application shuts down. Listeners are added in constructors, so no event of a starting application is missed.
 */
@Injectable()
export class ServiceEmitter extends EventEmitter2 {
  private readonly logger = new Logger('Event');

  constructor() {
    super({ maxListeners: 0 });
  }

  /** Calls `listener` for each event of the class. Its error is logged: it must not stop other listeners or the emitter. */
  listen<Event>({ eventName }: EventClass<Event>, listener: (event: Event) => unknown): void {
    this.on(eventName, (async (event: Event) => {
      try {
        await listener(event);
      } catch (error) {
        this.logger.error(`${eventName}: ${(error as Error).message}`, (error as Error).stack);
      }
    }) as (event: Event) => void);
  }
}
