import type { Type } from '@nestjs/common';

/** What a producer says of an event. */
export interface EventInput<Data extends object = object> {
  /** Whose event it is: it is sent to the webhooks of this user. 1 to 128 visible ASCII characters. */
  userId: string;
  /** What receivers get in `data`: an object that keeps the rules of its class, up to 256 KiB of JSON and 5,000 values. */
  data: Data;
  /** The extraction that it is about, if any; becomes `data.id` of what receivers get. */
  extractionId?: string | undefined;
  /** When it happened; now when left out. */
  occurredAt?: Date | undefined;
}

/** An event that can be emitted or published. */
export interface PublishableEvent<Data extends object = object> extends EventInput<Data> {
  /** The name of its type. */
  readonly event: string;
}

/** A type of events as the documents show it. */
export interface EventTypeDefinition {
  readonly eventName: string;
  /** When it happens, as a sentence. */
  readonly description: string;
  /** The class of `data`; undefined where `data` may be any object. */
  readonly dataClass: Type<object> | undefined;
  /** What `data` may be. */
  readonly example: object;
  /** An extraction that an event may be about; only of types whose events are always about one. */
  readonly exampleExtractionId?: string;
}

/** A type of events of a host application. A call creates an event of it. */
export interface EventType<Data extends object = object> extends EventTypeDefinition {
  (input: EventInput<Data>): PublishableEvent<Data>;
}

/** The documentation of an event type. */
export interface EventTypeDocumentation<Data extends object> {
  /** When it happens, as a sentence. */
  description: string;
  /** What `data` may be. It must keep the rules of the class. */
  example: Data;
}

/**
 * Defines a type of events of the application. It takes effect when the module is given it:
 * `DocmapWebhooksModule.forRoot({ eventTypes: [documentDeleted] })`.
 *
 * @param name two or more words in lower case with dots between them, such as `document.deleted`
 * @param dataClass the class of `data`. Its rules of class-validator check the JSON of every event; they must be
 *   synchronous. Its decorators of `@nestjs/swagger` document it. A field without a rule is refused.
 */
export function defineEventType<Data extends object>(
  name: string,
  dataClass: Type<Data>,
  { description, example }: EventTypeDocumentation<Data>,
): EventType<Data> {
  const create = (input: EventInput<Data>): PublishableEvent<Data> => ({
    event: name,
    ...input,
    occurredAt: input.occurredAt ?? new Date(),
  });
  return Object.assign(create, { eventName: name, description, dataClass, example });
}
