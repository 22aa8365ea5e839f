/**
 * The names of the event types of one application. All applications of a process share the DTO classes and their
 * decorators. A validation rule therefore finds the names through the object that it validates.
 */
export abstract class EventNames {
  /** Types that a producer may publish. */
  abstract readonly published: readonly string[];
  /** Names of types, and patterns, that a webhook may subscribe to. */
  abstract readonly subscribable: readonly string[];
  /** Types that a delivery in the log may have. */
  abstract readonly logged: readonly string[];
  /** Whether every event of the type must name an extraction. */
  abstract needsExtraction(name: unknown): boolean;
}

const applications = new WeakMap<object, EventNames>();

/** Assigns an object to the application that received it. Call this before the object is validated. */
export function setEventNames(object: object, names: EventNames): void {
  applications.set(object, names);
}

/**
 * The event types of the application that received the object.
 *
 * @throws Error if {@link setEventNames} was not called for it
 */
export function eventNamesOf(object: object): EventNames {
  const names = applications.get(object);
  if (!names) throw new Error(`${object.constructor.name} is validated before setEventNames() was called for it.`);
  return names;
}
