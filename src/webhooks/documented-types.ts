import { EventTypes } from './event-types.js';

/**
 * The names of event types that Swagger shows.
 *
 * Swagger reads them from decorators, which all applications of a process share. Therefore the lists have the types of all
 * running applications. While one application's document is made, they have only its types.
 */
export const DOCUMENTED: Readonly<Record<'published' | 'subscribable' | 'logged', string[]>> = {
  published: [],
  subscribable: [],
  logged: [],
};

/** The schema of event types in requests. */
export const EVENT_TYPE_ENUM = {
  enum: DOCUMENTED.published,
  enumName: 'EventType',
  enumSchema: { description: 'The event types that a producer can publish.' },
};

/** The schema of subscriptions in requests. */
export const SUBSCRIPTION_ENUM = {
  enum: DOCUMENTED.subscribable,
  enumName: 'EventSubscription',
  enumSchema: { description: 'The event types and patterns that a webhook can subscribe to.' },
};

const running = new Set<EventTypes>();
const NONE = new EventTypes();

/** Adds the types of an application at its start. */
export function showEventTypes(types: EventTypes): void {
  running.add(types);
  show(running);
}

/** Removes the types of an application at its end. The types of other running applications stay. */
export function hideEventTypes(types: EventTypes): void {
  running.delete(types);
  show(running);
}

/** Runs `make` while the lists have only the types of one application. */
export function showingOnly<Result>(types: EventTypes, make: () => Result): Result {
  show([types]);
  try {
    return make();
  } finally {
    show(running);
  }
}

function show(catalogues: Iterable<EventTypes>): void {
  const all = [NONE, ...catalogues];
  fill(
    DOCUMENTED.published,
    all.flatMap(({ published }) => published),
  );
  fill(
    DOCUMENTED.subscribable,
    all.flatMap(({ subscribable }) => subscribable),
  );
  const test = NONE.logged.slice(NONE.published.length);
  fill(DOCUMENTED.logged, [...all.flatMap(({ published }) => published), ...test]);
}

function fill(list: string[], names: readonly string[]): void {
  list.splice(0, list.length, ...new Set(names));
}

show([]);
