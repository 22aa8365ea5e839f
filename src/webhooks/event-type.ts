import type { Type } from '@nestjs/common';

/** The fields of an event, as a producer gives them. */
export interface EventInput<Data extends object = object> {
  /** The user whose webhooks get the event. 1 to 128 visible ASCII characters. */
  userId: string;
  /** The data that receivers get in `data`. It keeps the rules of its class, and has at most 5,000 values and 256 KiB of JSON. */
  data: Data;
  /** The id of the extraction that the event is about, if any. Receivers get it as `data.id`. */
  extractionId?: string | undefined;
  /** The time when the event happened. Default: now. */
  occurredAt?: Date | undefined;
}

/** An event to emit or publish. */
export interface PublishableEvent<Data extends object = object> extends EventInput<Data> {
  /** The name of its type. */
  readonly event: string;
}

/** An event type, as the OpenAPI document and `GET {path}/event-types` show it. */
export interface EventTypeDefinition {
  readonly eventName: string;
  /** A sentence that says when the event happens. */
  readonly description: string;
  /** The class of `data`. Undefined: `data` may be any object. */
  readonly dataClass: Type<object> | undefined;
  /** An example of `data`. */
  readonly example: object;
  /** An example of an extraction id. Only types whose events are always about an extraction have one. */
  readonly exampleExtractionId?: string;
}

/** An event type of a host application. Call it to create an event of this type. */
export interface EventType<Data extends object = object> extends EventTypeDefinition {
  (input: EventInput<Data>): PublishableEvent<Data>;
}

/** The documentation of an event type. */
export interface EventTypeDocumentation<Data extends object> {
  /** A sentence that says when the event happens. */
  description: string;
  /** An example of `data`. It must keep the rules of the class. */
  example: Data;
}

/**
 * Defines an event type of the application. The module must get it as an option:
 * `DocmapWebhooksModule.forRoot({ eventTypes: [documentDeleted] })`.
 *
 * @param name two or more words in lower case with dots between them, such as `document.deleted`. At most 64 characters
 * @param dataClass the class of `data`. Its class-validator rules check the JSON of every event, and must be synchronous. A
 *   field without a rule is refused. Its `@nestjs/swagger` decorators document the type
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
