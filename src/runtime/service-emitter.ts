import { Injectable, Logger } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';

/** The class of an in-process event. */
interface EventClass<Event> {
  readonly eventName: string;
  new (...args: never[]): Event;
}

/**
 * Carries events between the modules of this package.
 *
 * The host's emitter is not used: `EventEmitterModule` removes all its listeners when the application shuts down.
 * Listeners are added in constructors, so that no event of a starting application is missed.
 */
@Injectable()
export class ServiceEmitter extends EventEmitter2 {
  private readonly logger = new Logger('Event');

  constructor() {
    super({ maxListeners: 0 });
  }

  /** Calls `listener` for each event of the class. Errors are logged and do not affect other listeners or the emitter. */
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
