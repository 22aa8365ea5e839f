/**
 * The names of the event types of an application. Decorators belong to classes, which all applications of a process share,
 * while event types belong to one application: the rules of a DTO look the names up by the object that they check.
 */
export abstract class EventNames {
  /** The types that a producer publishes, and that a webhook can subscribe to. */
  abstract readonly published: readonly string[];
  /** The types that the log can hold. */
  abstract readonly logged: readonly string[];
  /** Whether every event of the type is about an extraction, and names it. */
  abstract needsExtraction(name: unknown): boolean;
}

const applications = new WeakMap<object, EventNames>();

/** Names the application whose request an object is. Call it before the object is validated. */
export function setEventNames(object: object, names: EventNames): void {
  applications.set(object, names);
}

/** The event types of the application whose request the object is. */
export function eventNamesOf(object: object): EventNames {
  const names = applications.get(object);
  if (!names) throw new Error(`${object.constructor.name} is validated without the event types of its application`);
  return names;
}
